"""Times torchaudio's forced_align on demand: reads one job as JSON, then answers every line with milliseconds and score."""

import json
import sys
import time

import numpy as np
import torch

torch.version.cuda = None  # torchaudio refuses a torch built for another CUDA, even when only the CPU is used
from torchaudio.functional import forced_align  # noqa: E402

torch.set_num_threads(1)
job = json.loads(sys.stdin.readline())
emissions = np.fromfile(job["emissions"], dtype=np.float32).reshape(1, job["frames"], job["symbols"])
emissions = torch.from_numpy(emissions)
targets = torch.tensor([job["targets"]], dtype=torch.int32)
for _ in sys.stdin:
    start = time.perf_counter()
    _, scores = forced_align(emissions, targets)
    elapsed = (time.perf_counter() - start) * 1000
    print(json.dumps({"milliseconds": elapsed, "score": float(scores.double().sum())}), flush=True)
