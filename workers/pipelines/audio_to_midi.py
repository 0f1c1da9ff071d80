"""Audio to MIDI: notes and drums with the recording's tempo and key, played by a soundfont where asked."""

from app.contract.enums import AudioFormat
from app.features.audio_to_midi import Params
from models.base import Note, part_of
from models.notes.by_stem import StemTranscriber
from models.notes.midi_file import midi_bytes, notes_csv, without_overlapping_bends
from models.synth.soundfont import Part, SoundfontSynth
from workers.context import Blocks, Context, Encoding

TASKS = ("notes", "drum_notes", "separation", "key_tempo")
RATE_HZ = 22_050  # the analyser's
CHANNELS = 2
DECODED, HEARD, ANALYSED = 0.1, 0.7, 0.9  # shares of the progress bar
SONIFIED_RATE_HZ = 44_100


def run(params: Params, ctx: Context) -> None:
    separator = ctx.engines.load("separation")
    mix = ctx.read_audio(rate_hz=separator.rate_hz, channels=CHANNELS, report=part_of(ctx.report, 0.0, DECODED / 2))
    transcriber = StemTranscriber(
        separator, ctx.engines.load("notes"), ctx.engines.load("drum_notes"), room=ctx.scratch
    )
    notes = transcriber.notes(mix, report=part_of(ctx.report, DECODED / 2, HEARD))
    audio = ctx.read_audio(rate_hz=RATE_HZ, channels=1, report=part_of(ctx.report, HEARD, HEARD + DECODED / 2))
    found = ctx.engines.load("key_tempo").analyse(audio, report=part_of(ctx.report, HEARD + DECODED / 2, ANALYSED))
    ctx.output("midi", "mid").write_bytes(midi_bytes(notes, bpm=found.bpm, key=found.key))
    if params.save_note_events:
        ctx.output("notes", "csv").write_text(notes_csv(notes), encoding="utf-8", newline="")
    if params.sonify_midi:
        _sonify(notes, audio.duration_s, ctx)
    ctx.set(notes=len(notes), bpm=round(found.bpm, 2), dominant_key=found.key, duration_s=audio.duration_s)


def _sonify(notes: list[Note], duration_s: float, ctx: Context) -> None:
    """What the MIDI file plays, at least as long as the recording."""
    pitched = without_overlapping_bends([note for note in notes if not note.is_drum])
    parts = [Part(pitched), Part([note for note in notes if note.is_drum], is_drums=True)]
    encoding = Encoding(AudioFormat.WAV, SONIFIED_RATE_HZ)
    shape = Blocks(iter(()), SONIFIED_RATE_HZ, 2)
    done = 0
    with ctx.write_blocks(ctx.output("sonified", encoding.format), encoding, like=shape) as write:
        for block in SoundfontSynth().render(parts, rate_hz=SONIFIED_RATE_HZ, at_least_s=duration_s):
            done += write(block)
            ctx.report(ANALYSED + (1 - ANALYSED) * min(done / (duration_s * SONIFIED_RATE_HZ), 1.0))
