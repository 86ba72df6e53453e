"""A Vosk server: the loop of vosk-server's over the real library and the websockets that it wants. vosk-server itself
is in no package; it takes the same variables, so EARSHOT_VOSK_SERVER can name its asr_server.py instead of this one.
What each utterance sounded like here lies in EARSHOT_KEEP afterward, as 1.wav, 2.wav and so on.
"""

import asyncio
import itertools
import json
import os
import wave

import vosk
import websockets

RATE_HZ = 16_000
END = '{"eof" : 1}'

vosk.SetLogLevel(-1)
model = vosk.Model(os.environ["VOSK_MODEL_PATH"])
keep = os.environ.get("EARSHOT_KEEP")
numbers = itertools.count(1)


def answer(recognizer, message):
    if message == END:
        return recognizer.FinalResult()
    return recognizer.Result() if recognizer.AcceptWaveform(message) else recognizer.PartialResult()


async def hear(socket):
    # As vosk-server does, it believes 8,000 Hz until it is told.
    config = {"sample_rate": 8_000, "words": True}
    recognizer, sound = None, bytearray()
    try:
        async for message in socket:
            if isinstance(message, str) and "config" in message:
                config.update(json.loads(message)["config"])
                continue
            if recognizer is None:
                recognizer = vosk.KaldiRecognizer(model, float(config["sample_rate"]))
                recognizer.SetWords(config["words"])
            if isinstance(message, bytes):
                sound += message
            await socket.send(await asyncio.to_thread(answer, recognizer, message))
            if message == END:
                break
    finally:
        if keep and sound:
            with wave.open(os.path.join(keep, f"{next(numbers)}.wav"), "wb") as file:
                file.setparams((1, 2, RATE_HZ, 0, "NONE", None))
                file.writeframes(sound)


async def main():
    async with websockets.serve(
        hear, os.environ["VOSK_SERVER_INTERFACE"], int(os.environ["VOSK_SERVER_PORT"])
    ):
        await asyncio.Future()


asyncio.run(main())
