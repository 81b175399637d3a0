"""Loads folders of `wav2vec train classify` with transformers, and writes what the library computes with them.

    python check_classifier_folder.py FOLDER... [--write]

Each folder is a checkpoint of a run. Fails if a weight is missing, unused or of another shape, except that x-vectors
need not have their training loss. Prints the largest difference to FOLDER/transformers.json, which a test compares
with ours; --write makes that file: logits (and embedding) of two sweeps, alone, without padding, in float64.

Needs torch, transformers 5, safetensors.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers

SAMPLES = [6400, 9001]


def sweep(length: int) -> torch.Tensor:
    """A tone that rises; the same formula is in the test."""
    k = torch.arange(length, dtype=torch.float64)
    return 0.3 * torch.sin(k * k / 20000).to(torch.float32).to(torch.float64)


def compute(folder: Path) -> dict:
    config = json.loads((folder / "config.json").read_text())
    cls = getattr(transformers, config["architectures"][0])
    model, report = cls.from_pretrained(folder, output_loading_info=True)
    wrong = {key: value for key, value in report.items() if value}
    if wrong:
        raise SystemExit(f"{folder}: {wrong}; expected every weight, and no other")
    model = model.double().eval()
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    clips = []
    for length in SAMPLES:
        values = sweep(length)
        if extractor.do_normalize:
            values = (values - values.mean()) / torch.sqrt(values.var(correction=0) + 1e-7)
        with torch.no_grad():
            output = model(values[None])
        clip = {"samples": length, "logits": output.logits[0].flatten().tolist()}
        if "embeddings" in output:
            clip["embedding"] = output.embeddings[0].tolist()
        clips.append(clip)
    labels = [model.config.id2label[i] for i in range(len(model.config.id2label))]
    return {"class": cls.__name__, "labels": labels, "clips": clips}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for folder in options.folder:
        found = compute(folder)
        path = folder / "transformers.json"
        if options.write:
            path.write_text(json.dumps(found) + "\n")
        stored = json.loads(path.read_text()) if path.exists() else found
        pairs = [
            (a, b)
            for now, then in zip(found["clips"], stored["clips"])
            for key in ("logits", "embedding")
            for a, b in zip(now.get(key, []), then.get(key, []))
        ]
        largest = max(abs(a - b) for a, b in pairs)
        print(f"{folder}: {found['class']}, labels {found['labels']}, largest difference {largest:.2e}")


if __name__ == "__main__":
    main()
