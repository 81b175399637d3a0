"""Decodes with flashlight-text or pyctcdecode, or loads a model with KenLM, on demand: one job as JSON, then one run a line."""

import json
import logging
import resource
import sys
import time

import numpy as np

logging.disable(logging.CRITICAL)
job = json.loads(sys.stdin.readline())


def matrices():
    data = np.fromfile(job["emissions"], dtype=np.float32)
    start = 0
    for frames in job["frames"]:
        yield np.ascontiguousarray(data[start : start + frames * job["symbols"]].reshape(frames, job["symbols"]))
        start += frames * job["symbols"]


def flashlight():
    from flashlight.lib.text.decoder import CriterionType, LexiconDecoder, LexiconDecoderOptions, SmearingMode, Trie
    from flashlight.lib.text.decoder.kenlm import KenLM
    from flashlight.lib.text.dictionary import create_word_dict, load_words

    tokens, rows = job["tokens"], list(matrices())
    words = load_words(job["lexicon"])
    dictionary = create_word_dict(words)
    model = KenLM(job["model"], dictionary)
    blank, silence = tokens.index("<pad>"), tokens.index("|")
    trie = Trie(len(tokens), silence)
    start = model.start(False)
    for word, spellings in words.items():
        _, score = model.score(start, dictionary.get_index(word))
        for spelling in spellings:
            trie.insert([tokens.index(token) for token in spelling], dictionary.get_index(word), score)
    trie.smear(SmearingMode.MAX)
    options = LexiconDecoderOptions(
        beam_size=job["beam"], beam_size_token=len(tokens), beam_threshold=50.0, lm_weight=2.0, word_score=-1.0,
        unk_score=-float("inf"), sil_score=0.0, log_add=False, criterion_type=CriterionType.CTC,
    )
    decoder = LexiconDecoder(options, trie, model, silence, blank, len(words), [], False)
    return lambda: [decoder.decode(x.ctypes.data, *x.shape)[0].score for x in rows]


def pyctcdecode():
    import kenlm
    from pyctcdecode import Alphabet, BeamSearchDecoderCTC, LanguageModel

    rows = list(matrices())
    model = LanguageModel(kenlm.Model(job["model"]), [])
    decoder = BeamSearchDecoderCTC(Alphabet.build_alphabet(list(job["tokens"])), model)
    return lambda: [decoder.decode_beams(x, beam_width=job["beam"])[0][4] for x in rows]


def kenlm_load():
    import kenlm

    def load():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        kenlm.Model(job["model"])
        seconds = time.perf_counter() - start
        return [seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]

    return load


run = {"flashlight": flashlight, "pyctcdecode": pyctcdecode, "kenlm": kenlm_load}[job["peer"]]()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    values = run()
    print(json.dumps({"milliseconds": (time.perf_counter() - start) * 1000, "values": values}), flush=True)
