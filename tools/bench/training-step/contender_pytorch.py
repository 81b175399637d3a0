"""One training step of CTC fine-tuning in PyTorch and transformers (eager mode): forward, backward, clipping, AdamW.

Requests come as JSON lines on stdin, replies go to file descriptor 3, as in ../peers/protocol.ts. `load` also writes
the model's random weights to its folder, from which the other contender starts.
"""

import json
import os
import sys
import time

RATE, BETAS, EPS, DECAY, CLIP = 1e-4, (0.9, 0.98), 1e-8, 0.01, 1.0


class PyTorch:
    def load(self, config, folder, provider, threads, clips, labels):
        import numpy
        import torch
        from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

        torch.set_num_threads(threads)
        torch.manual_seed(1)
        off = dict.fromkeys(
            ["hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout", "final_dropout", "layerdrop"], 0.0
        )
        settings = Wav2Vec2Config(**{**config, **off}, apply_spec_augment=False, ctc_loss_reduction="mean", vocab_size=32)
        self.torch, self.model = torch, Wav2Vec2ForCTC(settings).train()
        self.model.save_pretrained(folder)
        device = "cpu" if provider == "cpu" else "cuda"
        self.model.to(device)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in self.model.parameters() if p.ndim > 1], "weight_decay": DECAY},
                {"params": [p for p in self.model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=RATE, betas=BETAS, eps=EPS,
        )
        samples = [torch.from_numpy(numpy.fromfile(clip, "<f4")) for clip in clips]
        self.batch = torch.stack([(x - x.mean()) / (x.var(correction=0) + 1e-7).sqrt() for x in samples]).to(device)
        self.labels = torch.tensor(labels, device=device)
        self.loss = None

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model(self.batch, labels=self.labels).loss
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.loss = loss.item()


def main():
    contender = PyTorch()
    with os.fdopen(3, "w") as replies:
        for line in sys.stdin:
            request = json.loads(line)
            start = time.perf_counter()
            if "load" in request:
                contender.load(**request["load"])
            else:
                contender.step()
            replies.write(json.dumps({"seconds": time.perf_counter() - start, "loss": contender.loss}) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
