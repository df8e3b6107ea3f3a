"""The other programs, each as its users would run it; every one is called with the number of threads it may use."""

import itertools
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

SIDE = 160
# Albumen searches larger photos in a copy of so many pixels (`MOST_PIXELS`).
MOST_PIXELS = 1280 * 1280
MARGIN = 0.3


def timed(run, faces, seconds):
    """Milliseconds a face of wall time when `run` embeds so many faces again and again; the first call not counted."""
    run()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run()
        count += faces
    return (time.perf_counter() - start) * 1e3 / count


def cpu_timed(run, faces, passes):
    """Milliseconds of the processor's time a face, in all threads of this process."""
    run()
    start = time.process_time()
    for _ in range(passes):
        run()
    return (time.process_time() - start) * 1e3 / (faces * passes)


def onnx_session(model, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class OnnxRuntime:
    """One call on all threads, or (`apart`) one session and one batch a thread, as Albumen does."""

    def __init__(self, model, crops, threads, apart=False):
        self.crops = crops
        self.sessions = [onnx_session(model, 1 if apart else threads) for _ in range(threads if apart else 1)]
        self.pool = ThreadPoolExecutor(len(self.sessions))

    def embed(self):
        return self.sessions[0].run(None, {"crops": self.crops})[0]

    def cpu(self, passes):
        return cpu_timed(self.embed, len(self.crops), passes)

    def measure(self, seconds):
        def one(session):
            return timed(lambda: session.run(None, {"crops": self.crops}), len(self.crops), seconds)

        return 1 / sum(1 / ms for ms in self.pool.map(one, self.sessions))


class OpenVino:
    def __init__(self, model, crops, threads, precision):
        import openvino

        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": precision,
        }
        network = openvino.Core().read_model(str(model))
        network.reshape([len(crops), 3, SIDE, SIDE])
        self.request = openvino.Core().compile_model(network, "CPU", settings).create_infer_request()
        self.crops = crops

    def embed(self):
        return self.request.infer({0: self.crops})[0]

    def cpu(self, passes):
        return cpu_timed(self.embed, len(self.crops), passes)

    def measure(self, seconds):
        return timed(self.embed, len(self.crops), seconds)


class Torch:
    """facenet-pytorch's own module; its speed does not depend on the weights, which are left random."""

    def __init__(self, crops, threads):
        import torch
        from facenet_pytorch import InceptionResnetV1

        self.torch, self.threads = torch, threads
        self.network = InceptionResnetV1(pretrained=None, classify=False).eval()
        self.crops = torch.from_numpy(crops)

    def embed(self):
        with self.torch.inference_mode():
            return self.network(self.crops)

    def cpu(self, passes):
        self.torch.set_num_threads(self.threads)
        return cpu_timed(self.embed, len(self.crops), passes)

    def measure(self, seconds):
        self.torch.set_num_threads(self.threads)
        return timed(self.embed, len(self.crops), seconds)


def crop(photo, box):
    """The box and a margin, 160 pixels wide, as the network wants its numbers."""
    from PIL import Image

    left, top, right, bottom = (float(edge) for edge in box)
    x, y = (right - left) * MARGIN / 2, (bottom - top) * MARGIN / 2
    edges = (max(left - x, 0), max(top - y, 0), min(right + x, photo.width), min(bottom + y, photo.height))
    part = photo.crop(tuple(round(edge) for edge in edges)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return (np.asarray(part, np.float32).transpose(2, 0, 1) - 127.5) / 128.0


worker = {}


def start_worker(min_face, model):
    """One process with one thread: two of them use two cores better than one process with two threads."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch
    from facenet_pytorch import MTCNN

    torch.set_num_threads(1)
    worker["mtcnn"] = MTCNN(keep_all=True, min_face_size=min_face, device="cpu")
    worker["session"] = onnx_session(model, 1)


def load(path):
    from PIL import Image

    return Image.open(path).convert("RGB")


def boxes_of(photo):
    """Large photos are searched in a reduced copy of as many pixels as Albumen's: at full size it would take minutes."""
    from PIL import Image

    factor = max((photo.width * photo.height / MOST_PIXELS) ** 0.5, 1.0)
    if factor > 1:
        size = (round(photo.width / factor), round(photo.height / factor))
        photo = photo.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    boxes, _scores, _landmarks = worker["mtcnn"].detect(photo, landmarks=True)
    return [] if boxes is None else [[float(value) * factor for value in box] for box in boxes]


def detect_one(path):
    """Milliseconds without decoding, and the boxes."""
    photo = load(path)
    start = time.perf_counter()
    boxes = boxes_of(photo)
    return path, (time.perf_counter() - start) * 1e3, boxes


def whole_job_one(path):
    photo = load(path)
    usable = [box for box in boxes_of(photo) if box[2] > box[0] + 1 and box[3] > box[1] + 1]
    if usable:
        crops = np.stack([crop(photo, box) for box in usable])
        worker["session"].run(None, {"crops": crops})
    return len(usable)


class FacenetPytorch:
    """MTCNN of facenet-pytorch and onnxruntime in `processes` processes of one thread each."""

    def __init__(self, model, min_face, processes):
        context = multiprocessing.get_context("spawn")
        self.pool = context.Pool(processes, start_worker, (min_face, str(model)))
        self.processes = processes

    def pids(self):
        return [process.pid for process in multiprocessing.active_children()]

    def warm(self, path):
        self.pool.map(whole_job_one, [path] * (2 * self.processes), chunksize=1)

    def detect(self, paths):
        return list(self.pool.imap(detect_one, paths, chunksize=1))

    def job(self, paths):
        """Seconds and faces."""
        start = time.perf_counter()
        faces = sum(self.pool.imap_unordered(whole_job_one, paths, chunksize=1))
        return time.perf_counter() - start, faces

    def close(self):
        self.pool.terminate()


def photos_under(folder, limit):
    """The photos that the bench takes of a folder with the same limit."""

    def walk(folder):
        for entry in sorted(folder.iterdir(), key=lambda entry: os.fsencode(entry.name)):
            if entry.is_dir():
                yield from walk(entry)
            elif entry.suffix in (".jpg", ".jpeg", ".png"):
                yield entry

    paths = list(walk(Path(folder)))
    step = max(-(-len(paths) // max(limit, 1)), 1)
    return [str(path) for path in itertools.islice(paths, 0, None, step)]
