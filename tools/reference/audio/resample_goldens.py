"""Writes packages/audio/src/resample.golden.safetensors: torchaudio's resampling of one noise signal.

Needs torch, torchaudio and safetensors:  python tools/reference/audio/resample_goldens.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

if torch.version.cuda is not None:  # the package refuses mixed CUDA builds at import; only the CPU is used here
    torch.version.cuda = None
import torchaudio.functional as functional

FILTERS = {
    "hann": dict(lowpass_filter_width=6, rolloff=0.99, resampling_method="sinc_interp_hann"),
    "kaiser-best": dict(
        lowpass_filter_width=64,
        rolloff=0.9475937167399596,
        resampling_method="sinc_interp_kaiser",
        beta=14.769656459379492,
    ),
}

noise = torch.rand(600, generator=torch.Generator().manual_seed(7)) * 2 - 1
# In float32 torchaudio also computes its kernels in float32, which is up to 2e-5 off; float64 is the formula itself.
tensors = {"input": noise}
for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000):
    for name, arguments in FILTERS.items():
        tensors[f"{name}.{rate}"] = functional.resample(noise.double(), rate, 16000, **arguments).float()
target = Path(__file__).parents[3] / "packages/audio/src/resample.golden.safetensors"
save_file(tensors, target, metadata={"torch": torch.__version__})
print(target, target.stat().st_size, "bytes")
