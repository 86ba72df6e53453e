"""bare_whisper.py MODEL LANGUAGE FILE...: what Whisper hears in recordings, with nothing between, a JSON line each.
Everything that wyoming-faster-whisper asks of the model is asked here too (its faster_whisper_handler.py).
"""

import json
import os
import sys

import faster_whisper

model_dir, language, *files = sys.argv[1:]
model = faster_whisper.WhisperModel(
    model_dir, device="cpu", compute_type="default", cpu_threads=os.cpu_count() or 1, local_files_only=True
)
for file in files:
    segments, _ = model.transcribe(
        file,
        language=language,
        task="transcribe",
        beam_size=5,
        initial_prompt=None,
        vad_filter=False,
        vad_parameters=None,
    )
    text = " ".join(segment.text for segment in segments).strip()
    print(json.dumps({"file": os.path.basename(file), "text": text}), flush=True)
