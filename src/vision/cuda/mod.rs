//! The networks on NVIDIA cards: MTCNN in kernels of our own, FaceNet in the card's library of matrix products with kernels
//! of our own around it.
//!
//! Many threads ask for few faces each, and a card is fast only at many: requests wait in a queue, and each of two *lanes*
//! (a thread, a stream and buffers) takes as many as are there. While one lane computes, the other one uploads.

mod cascade;
mod judges;
mod lane;
mod network;

use std::sync::Arc;
use std::thread::JoinHandle;

use candle_core::cuda_backend::cudarc;
use crossbeam_channel::{Receiver, Sender, bounded};
use cudarc::driver::{CudaContext, LaunchConfig};
use cudarc::nvrtc::compile_ptx;
use half::f16;

pub(super) use self::cascade::CudaMtcnn;
use self::lane::{CROP_BYTES, Lane};
use self::network::Network;
use super::VisionError;
use super::facenet::{CROP_SIDE, FaceEmbedder};
use super::weights::Weights;
use crate::domain::Pixels;

/// Crops in one pass of a lane: the card is full, and the buffers take about 0.3 GiB a lane.
const BATCH: usize = 128;
const LANES: usize = 2;

/// Some crops, and who waits for their embeddings.
struct Request {
    crops: Vec<u8>,
    reply: Sender<Result<Vec<Vec<f32>>, VisionError>>,
}

impl Request {
    fn count(&self) -> usize {
        self.crops.len() / CROP_BYTES
    }
}

/// The network on a card, in numbers of 16 bits; the weights have no more.
pub(super) struct CudaFaceNet {
    requests: Option<Sender<Request>>,
    lanes: Vec<JoinHandle<()>>,
    name: String,
}

impl CudaFaceNet {
    /// On the first card.
    ///
    /// # Errors
    /// [`VisionError`] when there is no card, its memory does not suffice, or a tensor is missing or wrong.
    pub(super) fn new(weights: &Weights<'_>, name: &str) -> Result<Self, VisionError> {
        let context = open()?;
        let module = compile_ptx(include_str!("kernels.cu")).map_err(failed)?;
        let module = context.load_module(module).map_err(failed)?;
        let network = Arc::new(Network::new(weights, &context.new_stream().map_err(failed)?)?);
        // As many as all workers have in hand at once; more would only lie there.
        let (requests, queue) = bounded(64);
        let mut lanes = Vec::new();
        for number in 0..LANES {
            let stream = context.new_stream().map_err(failed)?;
            let lane = Lane::new(&stream, &module, BATCH)?;
            let (network, queue, context) = (Arc::clone(&network), Receiver::clone(&queue), Arc::clone(&context));
            let work = move || {
                // Should it fail, so does the first request, with the same words.
                if let Err(error) = context.bind_to_thread() {
                    tracing::warn!("{error}");
                }
                serve(lane, &network, &queue);
            };
            let thread = std::thread::Builder::new().name(format!("card {number}")).spawn(work);
            lanes.push(thread.map_err(failed)?);
        }
        Ok(Self { requests: Some(requests), lanes, name: name.to_owned() })
    }
}

impl Drop for CudaFaceNet {
    fn drop(&mut self) {
        self.requests = None;
        for lane in self.lanes.drain(..) {
            // A lane that panicked has answered nobody; those who waited know.
            drop(lane.join());
        }
    }
}

impl FaceEmbedder for CudaFaceNet {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        if crops.iter().any(|crop| (crop.width, crop.height) != (CROP_SIDE, CROP_SIDE)) {
            return Err(failed(format!("a crop is not {CROP_SIDE} pixels wide and high")));
        }
        let gone = || failed("the card's thread has ended");
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        // All parts wait at once, so that both lanes work on them.
        let mut replies = Vec::new();
        for part in crops.chunks(BATCH) {
            let (reply, answer) = bounded(1);
            let mut crops = Vec::with_capacity(part.len() * CROP_BYTES);
            for crop in part {
                crops.extend_from_slice(&crop.rgb);
            }
            requests.send(Request { crops, reply }).map_err(|_closed| gone())?;
            replies.push(answer);
        }
        let mut embeddings = Vec::with_capacity(crops.len());
        for answer in replies {
            embeddings.extend(answer.recv().map_err(|_closed| gone())??);
        }
        Ok(embeddings)
    }
}

/// Answers requests until nobody can ask any more.
fn serve(mut lane: Lane, network: &Network, queue: &Receiver<Request>) {
    let mut left: Option<Request> = None;
    while let Some(first) = left.take().or_else(|| queue.recv().ok()) {
        let mut count = first.count();
        let mut batch = vec![first];
        while let Ok(more) = queue.try_recv() {
            if count + more.count() > BATCH {
                left = Some(more);
                break;
            }
            count += more.count();
            batch.push(more);
        }
        let answer = lane.embed(network, batch.iter().map(|request| request.crops.as_slice()));
        answer_all(batch, answer);
    }
}

fn answer_all(batch: Vec<Request>, answer: Result<Vec<f16>, VisionError>) {
    let count: usize = batch.iter().map(Request::count).sum();
    let result = answer.map(|numbers| {
        let width = numbers.len() / count.max(1);
        numbers.chunks_exact(width.max(1)).map(normalised).collect::<Vec<_>>()
    });
    let mut rest = result.as_ref().map(|all| all.iter().cloned());
    for request in batch {
        let part = match &mut rest {
            Ok(rest) => Ok(rest.by_ref().take(request.count()).collect()),
            Err(error) => Err(failed(error)),
        };
        // Who no longer waits needs no answer.
        drop(request.reply.send(part));
    }
}

/// Of length 1; the guard against a length of 0 is the graph's own.
fn normalised(numbers: &[f16]) -> Vec<f32> {
    let numbers: Vec<f32> = numbers.iter().map(|number| number.to_f32()).collect();
    let length = numbers.iter().map(|value| value * value).sum::<f32>().max(1e-10).sqrt();
    numbers.iter().map(|value| value / length).collect()
}

/// The first card. Threads that wait for it sleep, so that others can decode.
fn open() -> Result<Arc<CudaContext>, VisionError> {
    let context = CudaContext::new(0).map_err(failed)?;
    context.set_blocking_synchronize().map_err(failed)?;
    // SAFETY: weights are there before any lane begins, and a lane's buffers are used on its own stream alone.
    unsafe { context.disable_event_tracking() };
    Ok(context)
}

/// A thread for each of so many.
fn grid(total: i32) -> LaunchConfig {
    let blocks = (total as u32).div_ceil(256).max(1);
    LaunchConfig { grid_dim: (blocks, 1, 1), block_dim: (256, 1, 1), shared_mem_bytes: 0 }
}

fn failed(error: impl std::fmt::Display) -> VisionError {
    VisionError::Device { device: "cuda", reason: error.to_string() }
}
