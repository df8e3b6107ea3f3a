"""Albumen and its peers on this machine, in turn, in one run; prints tables of ratios. Started by run.sh.

Every round measures every program once, one after the other; a ratio is the median over the rounds of what two
neighbours of the same round took, so that whatever else the machine does meets both.
"""

import argparse
import datetime
import functools
import json
import os
import platform
import statistics
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
import onnx

import export
import rivals

# Batches in one measurement of the processor's time, whose clock ticks in hundredths of a second.
PASSES = 4
ROOT = Path(__file__).resolve().parents[2]


def cpu_seconds(processes):
    """Of the processor, user and system, that these processes have used."""
    used = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


class Albumen:
    """`networks serve`: a list of words in, an object out."""

    def __init__(self, program):
        self.program = program
        self.processes = {}

    def ask(self, *words, rayon=1):
        """`rayon`: threads of candle's own pool, which the kernels do not use."""
        if rayon not in self.processes:
            settings = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            environment = {**os.environ, "RAYON_NUM_THREADS": str(rayon)}
            self.processes[rayon] = subprocess.Popen([self.program, "serve"], env=environment, **settings)
        process = self.processes[rayon]
        process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit("networks ended; its message stands above")
        return json.loads(answer)

    def pids(self):
        return [process.pid for process in self.processes.values()]

    def has(self, isa):
        asked = [self.program, "embed", "--isa", isa, "--seconds", "0", "--batch", "1"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def embedding_cpu(self, isa, batch, passes):
        """Milliseconds of the processor's time a face, on one thread; making the crops is part of it."""
        process = self.processes[1]
        self.ask("embed", "--isa", isa, "--batch", batch, "--seconds", 0)
        start = cpu_seconds([process.pid])
        self.ask("embed", "--isa", isa, "--batch", batch * passes, "--seconds", 0)
        return (cpu_seconds([process.pid]) - start) * 1e3 / (batch * passes)

    def embedding(self, isa, count, batch, seconds):
        """Milliseconds a face. candle spreads a batch over its pool; the kernels take a batch a thread."""
        threads, rayon = (1, count) if isa == "candle" else (count, 1)
        words = ("--isa", isa, "--threads", threads, "--batch", batch, "--seconds", seconds)
        return self.ask("embed", *words, rayon=rayon)["ms_per_face"]


def machine():
    names = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    flags = Path("/proc/cpuinfo").read_text().split()
    sets = [name for name in ("avx2", "avx512f", "amx_int8") if name in flags]
    return f"{len(names)} × {names[0] if names else platform.processor()} ({', '.join(sets)})"


def versions():
    packages = ("onnxruntime", "openvino", "torch", "facenet-pytorch")
    found = []
    for package in packages:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} is not installed")
    return ", ".join(found)


def crops(count):
    """Bytes with soft shapes and noise, the same every time."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:160, 0:160]
    waves = [np.sin(x / (9 + face)) * np.cos(y / (13 + face)) for face in range(count)]
    noise = random.normal(0, 25, (count, 160, 160, 3))
    return np.clip(128 + 90 * np.stack(waves)[..., None] + noise, 0, 255).astype(np.uint8)


def least_cosine(one, two):
    one, two = (np.asarray(rows, np.float64) for rows in (one, two))
    one, two = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (one, two))
    return float((one * two).sum(1).min())


def print_table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def median_ratio(ours, theirs):
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def facenet(albumen, isas, model, arguments):
    batch, seconds = arguments.batch, arguments.seconds
    cpu = arguments.clock == "cpu"
    threads = [1] if cpu else arguments.threads
    pixels = crops(batch)
    numbers = ((pixels.astype(np.float32) - 127.5) / 128).transpose(0, 3, 1, 2).copy()
    with tempfile.NamedTemporaryFile() as file:
        file.write(pixels.tobytes())
        file.flush()
        ours = {isa: albumen.ask("embeddings", "--isa", isa, file.name)["embeddings"] for isa in isas}
    measures, cosines = {}, {}
    expected = rivals.OnnxRuntime(model, numbers, 1).embed()
    for isa in isas:
        cosines[f"Albumen, {isa}"] = least_cosine(ours[isa], expected)
        for count in threads:
            measure = functools.partial(albumen.embedding, isa, count, batch)
            if cpu:
                measure = functools.partial(albumen.embedding_cpu, isa, batch)
            measures[f"Albumen, {isa}", count] = measure
    for count in threads:
        measures["onnxruntime", count] = rivals.OnnxRuntime(model, numbers, count)
        if count > 1:
            measures["onnxruntime, a session a thread", count] = rivals.OnnxRuntime(model, numbers, count, apart=True)
        measures["facenet-pytorch", count] = rivals.Torch(numbers, count)
        try:
            for precision in ("f32", "bf16"):
                rival = rivals.OpenVino(model, numbers, count, precision)
                measures[f"OpenVINO, {precision}", count] = rival
                cosines[f"OpenVINO, {precision}"] = least_cosine(rival.embed(), expected)
        except ImportError:
            pass
    for key, rival in measures.items():
        if not callable(rival):
            measures[key] = rival.cpu if cpu else rival.measure
    times = {key: [] for key in measures}
    for _ in range(arguments.rounds):
        for key, measure in measures.items():
            times[key].append(measure(PASSES if cpu else seconds))
    rows = []
    for name in dict.fromkeys(name for name, _ in measures):
        row = [name]
        for count in threads:
            if (name, count) not in times:
                row += ["", ""]
                continue
            ratio = median_ratio(times[name, count], times["onnxruntime", count])
            row += [f"{statistics.median(times[name, count]):.2f}", f"{ratio:.2f}"]
        rows.append([*row, f"{cosines[name]:.6f}" if name in cosines else ""])
    head = ["FaceNet, ms a face"]
    for count in threads:
        head += [f"{count} thread" + "s" * (count > 1), "× onnxruntime"]
    how = f"{PASSES} batches, time of the processor" if cpu else f"{seconds} s"
    print(f"\n## FaceNet, batches of {batch}, {arguments.rounds} rounds of {how}\n")
    print_table([*head, "least cosine to onnxruntime"], rows)
    wrong = [name for name, cosine in cosines.items() if "Albumen" in name and cosine < 0.9999]
    if wrong:
        raise SystemExit(f"these embeddings are not those of the exported network: {', '.join(wrong)}")


def recall(found, truth, side, xyxy):
    """Share of the labelled faces of at least `side` pixels that a box covers with an IoU of 0.4 or more."""
    hits, wanted = 0, 0
    for path, boxes in found.items():
        boxes = np.asarray(boxes, float).reshape(-1, 4)
        if not xyxy:
            boxes = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)
        for left, top, width, height in (face[:4] for face in truth[path] if not face[7]):
            if min(width, height) < side:
                continue
            wanted += 1
            over = np.minimum(boxes[:, 2:], [left + width, top + height]) - np.maximum(boxes[:, :2], [left, top])
            shared = np.clip(over, 0, None).prod(1)
            union = (boxes[:, 2:] - boxes[:, :2]).prod(1) + width * height - shared
            hits += bool(len(boxes)) and (shared / union).max() >= 0.4
    return f"{hits / wanted:.3f} of {wanted}" if wanted else ""


def detection(albumen, isas, folder, rival, arguments):
    """One thread on both sides, the same photos, decoding left out."""
    paths = rivals.photos_under(folder, arguments.photos)
    labels = Path(folder) / "boxes.json"
    truth = {}
    if labels.exists():
        truth = {str(Path(folder) / one["path"]): one["faces"] for one in json.loads(labels.read_text())}
    cpu = arguments.clock == "cpu"
    names = ["facenet-pytorch", *isas]
    times, boxes = {name: [] for name in names}, {}
    for _ in range(arguments.rounds):
        for name in names:
            busy = rival if name == "facenet-pytorch" else albumen
            start = cpu_seconds(busy.pids())
            if name == "facenet-pytorch":
                found = rival.detect(paths)
            else:
                words = ("--isa", name, "--min-face", arguments.min_face, "--limit", arguments.photos, folder)
                found = [(one["path"], one["ms"], one["boxes"]) for one in albumen.ask("detect", *words)["list"]]
            used = (cpu_seconds(busy.pids()) - start) * 1e3
            times[name].append((used if cpu else sum(ms for _, ms, _ in found)) / len(found))
            boxes[name] = {path: boxes for path, _, boxes in found}
    rows = []
    for name in names:
        known = {path: found for path, found in boxes[name].items() if path in truth}
        rows.append([
            name if name == "facenet-pytorch" else f"Albumen, {name}",
            f"{statistics.median(times[name]):.1f}",
            f"{median_ratio(times['facenet-pytorch'], times[name]):.2f}",
            str(sum(len(found) for found in boxes[name].values())),
            recall(known, truth, arguments.min_face, name == "facenet-pytorch"),
        ])
    print(f"\n## Detection, {len(paths)} photos of {Path(folder).name}, one thread, faces from {arguments.min_face} px\n")
    head = ["MTCNN", "ms of the processor a photo, decoding included" if cpu else "ms a photo", "times as fast as facenet-pytorch", "faces found", "recall"]
    print_table(head, rows)


def whole_job(albumen, isas, folder, rival, arguments):
    paths = rivals.photos_under(folder, arguments.job_photos)
    # What libraries hold: each crop embedded twice, as it is and in the mirror. The rival embeds it once.
    isas = [*isas, f"{isas[-1]}+mirror"]
    rival.warm(paths[0])
    cpu = arguments.clock == "cpu"
    names = ["facenet-pytorch + onnxruntime", *isas]
    times, faces = {name: [] for name in names}, {}
    for _ in range(arguments.rounds):
        for name in names:
            busy = albumen if name in isas else rival
            start = cpu_seconds(busy.pids())
            if name in isas:
                words = ("--isa", name, "--threads", rival.processes, "--min-face", arguments.min_face)
                done = albumen.ask("job", *words, "--limit", arguments.job_photos, folder)
                seconds, faces[name] = done["seconds"], done["faces"]
            else:
                seconds, faces[name] = rival.job(paths)
            used = cpu_seconds(busy.pids()) - start
            times[name].append(used / rival.processes if cpu else seconds)
    rows = [
        [
            f"Albumen, {name}" if name in isas else name,
            f"{len(paths) / statistics.median(times[name]):.1f}",
            f"{median_ratio(times[names[0]], times[name]):.2f}",
            str(faces[name]),
        ]
        for name in names
    ]
    print(f"\n## Load, detect and embed, {len(paths)} photos of {Path(folder).name}, {rival.processes} cores\n")
    speed = "photos in a second of both cores' time" if cpu else "photos/s"
    print_table(["the whole job", speed, "times as fast", "faces"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", required=True, help="the built benchmark")
    parser.add_argument("--detect", action="append", default=[], metavar="DIR", help="photos for the detector")
    parser.add_argument("--job", action="append", default=[], metavar="DIR", help="photos for the whole job")
    parser.add_argument("--isa", action="append", default=[], help="only these kernels")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--photos", type=int, default=20, help="photos a folder for the detector")
    parser.add_argument("--job-photos", type=int, default=150)
    parser.add_argument("--min-face", type=int, default=20)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: on a machine that is shared")
    parser.add_argument("--skip-facenet", action="store_true")
    arguments = parser.parse_args()
    albumen = Albumen(arguments.networks)
    known = ["candle", "portable", "avx2", "avx2fixed", "avx512", "avx512fixed", "amx"]
    isas = [isa for isa in arguments.isa or known if albumen.has(isa)]
    print(f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, {machine()}; {versions()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "facenet.onnx"
        onnx.save(export.facenet(export.read_safetensors(ROOT / "models" / "facenet.safetensors")), model)
        if not arguments.skip_facenet:
            facenet(albumen, isas, model, arguments)
        own = [isa for isa in isas if isa != "candle"]
        if arguments.detect:
            rival = rivals.FacenetPytorch(model, arguments.min_face, 1)
            for photos in arguments.detect:
                rival.warm(rivals.photos_under(photos, arguments.photos)[0])
                detection(albumen, own, photos, rival, arguments)
            rival.close()
        if arguments.job:
            rival = rivals.FacenetPytorch(model, arguments.min_face, max(arguments.threads))
            for photos in arguments.job:
                whole_job(albumen, own, photos, rival, arguments)
            rival.close()


if __name__ == "__main__":
    main()
