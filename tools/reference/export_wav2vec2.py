"""Writes a wav2vec 2.0 CTC model with seeded random weights, as safetensors and as the ONNX file that peers load.

    python export_wav2vec2.py CONFIG.json OUT_DIR [--seed N]

CONFIG.json is a Hugging Face `config.json`. OUT_DIR receives what a Hub repository holds: `config.json`,
`model.safetensors`, vocabulary, preprocessor, and `onnx/model.onnx` with `input_values` [batch, samples] ->
`logits` [batch, frames, vocabulary], which is the layout @huggingface/transformers looks for.
Random weights take the same time to run as trained ones; nothing here says anything about accuracy.

Needs torch, transformers 5, onnx, onnxruntime.
"""

import argparse
import json
from pathlib import Path

import numpy
import onnxruntime
import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

LETTERS = "|ETAONIHSRDLUMWCFGYPBVK'XJQZ"
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


def random_model(config_path: Path, seed: int) -> Wav2Vec2ForCTC:
    """A model in evaluation mode; the same seed gives the same weights."""
    config = Wav2Vec2Config.from_json_file(config_path)
    config.architectures = ["Wav2Vec2ForCTC"]
    config.vocab_size = len(SPECIAL) + len(LETTERS)
    config.apply_spec_augment = False
    torch.manual_seed(seed)
    model = Wav2Vec2ForCTC(config).eval()
    # Libraries print <s>, </s> and <unk> differently; never chosen, every one of them must give the same text.
    model.lm_head.bias.data[1 : len(SPECIAL)] = -10.0
    return model


def write_vocabulary(out: Path, layer_norm: bool) -> None:
    """`vocab.json` for us and Python, `tokenizer.json` for transformers.js, and the feature extractor's settings."""
    vocabulary = {token: index for index, token in enumerate(SPECIAL + list(LETTERS))}
    tokens = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    # A special <pad> is removed before repeats are collapsed, which merges double letters (transformers.js 4.3.1).
    added = [
        {"id": vocabulary[token], "content": token, "special": token in ("<s>", "</s>")}
        | {name: False for name in ("single_word", "lstrip", "rstrip", "normalized")}
        for token in SPECIAL
    ]
    fast = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "|"},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": ""}, "behavior": "Isolated", "invert": False},
        "post_processor": None,
        "decoder": {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"},
    }
    files = {
        "vocab.json": vocabulary,
        "tokenizer.json": fast,
        "special_tokens_map.json": tokens,
        "tokenizer_config.json": tokens
        | {"word_delimiter_token": "|", "do_lower_case": False, "tokenizer_class": "Wav2Vec2CTCTokenizer"},
        "preprocessor_config.json": {
            "feature_extractor_type": "Wav2Vec2FeatureExtractor",
            "do_normalize": True,
            "feature_size": 1,
            "padding_side": "right",
            "padding_value": 0.0,
            "return_attention_mask": layer_norm,
            "sampling_rate": 16000,
        },
    }
    for name, content in files.items():
        (out / name).write_text(json.dumps(content, indent=1))


class Logits(torch.nn.Module):
    """Only the logits, only the samples: the signature of the ONNX files on the Hub."""

    def __init__(self, model: Wav2Vec2ForCTC):
        super().__init__()
        self.model = model

    def forward(self, input_values: torch.Tensor) -> torch.Tensor:  # noqa: D102
        return self.model(input_values).logits


def export_onnx(model: Wav2Vec2ForCTC, path: Path) -> float:
    """Exports with dynamic batch and samples; returns the largest difference to PyTorch, relative to the logits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Logits(model).eval(), # without this the wrapper switches the dropouts on after the export
        (torch.randn(2, 16000),),
        path,
        dynamo=False, # as the files on the Hub were made; torch.export gave a graph that ORT runs 10 % slower
        opset_version=17,
        input_names=["input_values"],
        output_names=["logits"],
        dynamic_axes={"input_values": {0: "batch", 1: "samples"}, "logits": {0: "batch", 1: "frames"}},
    )
    samples = torch.randn(1, 23456)
    with torch.no_grad():
        expected = model(samples).logits.numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (actual,) = session.run(None, {"input_values": samples.numpy()})
    return float(numpy.abs(actual - expected).max() / numpy.abs(expected).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    model = random_model(arguments.config, arguments.seed)
    model.save_pretrained(arguments.out)
    write_vocabulary(arguments.out, model.config.feat_extract_norm == "layer")
    difference = export_onnx(model, arguments.out / "onnx" / "model.onnx")
    if difference > 1e-4:
        raise SystemExit(f"export: ONNX logits differ from PyTorch by {difference:.1e} of their size; expected 1e-4")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{arguments.out}: {parameters / 1e6:.1f} M parameters, ONNX within {difference:.1e} of PyTorch")


if __name__ == "__main__":
    main()
