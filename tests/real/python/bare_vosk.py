"""bare_vosk.py MODEL FILE...: what Vosk hears in recordings, with nothing between, a JSON line each."""

import json
import os
import sys
import wave

import vosk

# As long as the pieces that the adapter sends: the library decides in these steps whether a sentence is over.
PIECE_SAMPLES = 1_920

vosk.SetLogLevel(-1)
model = vosk.Model(sys.argv[1])
for path in sys.argv[2:]:
    texts = []
    with wave.open(path) as file:
        recognizer = vosk.KaldiRecognizer(model, file.getframerate())
        while piece := file.readframes(PIECE_SAMPLES):
            if recognizer.AcceptWaveform(piece):
                texts.append(json.loads(recognizer.Result())["text"])
    texts.append(json.loads(recognizer.FinalResult())["text"])
    print(json.dumps({"file": os.path.basename(path), "text": " ".join(filter(None, texts))}), flush=True)
