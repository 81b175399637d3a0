"""PyTorch and transformers on the CPU in their default (eager) mode: the same protocol as serve.ts.

Padded batches follow the model's own rule: an attention mask for layer-norm models, none for group-norm ones.
"""

import json
import os
import sys
import time
from itertools import groupby


class PyTorch:
    """Loads on demand, because imports are part of what is measured."""

    def load(self, model, threads, padded, clips):
        import numpy
        import torch
        from transformers import Wav2Vec2ForCTC

        torch.set_num_threads(threads)
        self.torch, self.padded = torch, padded
        self.model = Wav2Vec2ForCTC.from_pretrained(model).eval()
        with open(os.path.join(model, "vocab.json")) as file:
            self.tokens = {index: token for token, index in json.load(file).items()}
        self.clips = [torch.from_numpy(numpy.fromfile(clip, "<f4")) for clip in clips]
        return []

    def transcribe(self):
        if self.padded:
            return self.run(self.clips)
        return [text for clip in self.clips for text in self.run([clip])]

    def run(self, clips):
        lengths = [len(clip) for clip in clips]
        normalised = [(clip - clip.mean()) / (clip.var(correction=0) + 1e-7).sqrt() for clip in clips]
        batch = self.torch.nn.utils.rnn.pad_sequence(normalised, batch_first=True)
        mask = None
        if len(clips) > 1 and self.model.config.feat_extract_norm == "layer":
            mask = (self.torch.arange(max(lengths)) < self.torch.tensor(lengths)[:, None]).long()
        with self.torch.inference_mode():
            ids = self.model(batch, attention_mask=mask).logits.argmax(-1)
        frames = self.model._get_feat_extract_output_lengths(self.torch.tensor(lengths)).tolist()
        return [self.decode(row[:count].tolist()) for row, count in zip(ids, frames)]

    def decode(self, ids):
        symbols = [self.tokens[index] for index, _ in groupby(ids) if index != 0]
        return "".join(symbols).replace("|", " ").strip()


def main():
    contender = PyTorch()
    with os.fdopen(3, "w") as replies:
        for line in sys.stdin:
            request = json.loads(line)
            start = time.perf_counter()
            texts = contender.load(**request["load"]) if "load" in request else contender.transcribe()
            replies.write(json.dumps({"seconds": time.perf_counter() - start, "texts": texts}) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
