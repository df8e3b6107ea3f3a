//! The seam between the networks and everything else.

use candle_core::Device;

use super::align::{Aligner, BoxCrop};
use super::checkpoint::Model;
use super::compact::Compact;
use super::cpu::{CpuFaceNet, Isa};
use super::detect::{FaceDetector, Mtcnn};
use super::device::{DeviceChoice, device_name, open_device};
#[cfg(feature = "cuda")]
use super::facenet::MODEL;
use super::facenet::{FaceEmbedder, FaceNet};
use super::mirrored::Mirrored;
use super::weights::Weights;
use crate::domain::{DetectedFace, EmbeddedFace, Pixels};

/// Why the networks could not do their work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VisionError {
    /// candle refused an operation.
    #[error("the networks failed: {0}")]
    Network(#[from] candle_core::Error),
    /// The weights are not those of the network.
    #[error("{message}: {tensor}")]
    Weights {
        /// What is wrong and what to do.
        message: String,
        /// The tensor's name in the file.
        tensor: String,
    },
    /// The chosen device cannot be used.
    #[error("{device} cannot be used here: {reason}")]
    Device {
        /// `cuda` or `metal`.
        device: &'static str,
        /// What to do.
        reason: String,
    },
}

/// Finds the faces of a photo and embeds them. Called from several threads at once, one photo each.
pub trait FaceFinder: Send + Sync {
    /// Stored with every embedding; embeddings of two models are never compared.
    fn model_id(&self) -> &str;

    /// The device in words for the window, e.g. `CPU (AVX-512)`.
    fn device(&self) -> String;

    /// Every face of an upright photo, in pixels of that photo, highest score first. Faces whose shorter side is under
    /// `min_face` pixels (of the photo, or of the reduced copy when the photo is large) may be missing.
    ///
    /// # Errors
    /// [`VisionError`] when a network fails.
    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError>;

    /// What [`Self::embed`] wants to see of each face, in the same order; small, so that the photo can go.
    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels>;

    /// One L2-normalised embedding a crop, in the same order. Many at once, of several photos, are quicker than one by
    /// one and give the same numbers.
    ///
    /// # Errors
    /// [`VisionError`] when a network fails.
    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError>;

    /// [`Self::detect`], [`Self::crops`] and [`Self::embed`].
    ///
    /// # Errors
    /// [`VisionError`] when a network fails.
    fn find(&self, photo: &Pixels, min_face: f32) -> Result<Vec<EmbeddedFace>, VisionError> {
        let faces = self.detect(photo, min_face)?;
        let embeddings = self.embed(&self.crops(photo, &faces))?;
        Ok(faces
            .into_iter()
            .zip(embeddings)
            .map(|(detected, embedding)| EmbeddedFace { detected, embedding })
            .collect())
    }
}

/// The networks: a detector, an aligner and an embedder.
pub struct NetworkFinder {
    detector: Box<dyn FaceDetector>,
    aligner: Box<dyn Aligner>,
    embedder: Box<dyn FaceEmbedder>,
    model_id: String,
    device: String,
}

impl NetworkFinder {
    /// MTCNN, box crop and FaceNet on the chosen device. An automatically chosen device that fails is left for the
    /// processor.
    ///
    /// # Errors
    /// [`VisionError`] when a named device cannot be used or the weights are damaged.
    pub fn new(choice: DeviceChoice) -> Result<Self, VisionError> {
        Self::with_model(choice, None)
    }

    /// The same with another checkpoint in place of the built-in FaceNet, if one is given.
    ///
    /// # Errors
    /// [`VisionError`] when a named device cannot be used or the weights are damaged.
    pub fn with_model(choice: DeviceChoice, model: Option<&Model>) -> Result<Self, VisionError> {
        let device = open_device(choice)?;
        match Self::on(&device, model) {
            Err(error) if choice == DeviceChoice::Auto && !device.is_cpu() => {
                tracing::warn!("{} failed, the processor is used instead: {error}", device_name(&device));
                Self::on(&Device::Cpu, model)
            }
            other => other,
        }
    }

    fn on(device: &Device, model: Option<&Model>) -> Result<Self, VisionError> {
        if device.is_cpu() {
            return Self::on_isa(Isa::choose()?, model);
        }
        #[cfg(feature = "cuda")]
        if device.is_cuda() {
            return Self::on_card(device, model);
        }
        let detector = Mtcnn::new(device)?.with_mirror();
        let embedder = model.map_or_else(|| FaceNet::new(device), |model| FaceNet::of(model, device))?;
        Ok(Self::with(Box::new(detector), Box::new(BoxCrop::default()), Box::new(embedder), device_name(device)))
    }

    /// On an NVIDIA card.
    #[cfg(feature = "cuda")]
    fn on_card(device: &Device, model: Option<&Model>) -> Result<Self, VisionError> {
        use super::cuda::CudaFaceNet;

        let detector = Mtcnn::on_card()?.with_mirror();
        let embedder = match model {
            Some(model) => CudaFaceNet::new(&Weights::of(model, &Device::Cpu), model.name())?,
            None => CudaFaceNet::new(&Weights::facenet(&Device::Cpu)?, MODEL)?,
        };
        Ok(Self::with(Box::new(detector), Box::new(BoxCrop::default()), Box::new(embedder), device_name(device)))
    }

    /// The same on the processor, with the kernels of one instruction set.
    ///
    /// # Errors
    /// [`VisionError`] when the weights are damaged.
    pub fn on_cpu(isa: Isa) -> Result<Self, VisionError> {
        Self::on_isa(isa, None)
    }

    fn on_isa(isa: Isa, model: Option<&Model>) -> Result<Self, VisionError> {
        let detector = Mtcnn::on_cpu(isa)?.with_mirror();
        let embedder = match model {
            Some(model) => CpuFaceNet::of(model, isa)?,
            None => CpuFaceNet::new(&Weights::facenet(&Device::Cpu)?, isa)?,
        };
        Ok(Self::with(
            Box::new(detector),
            Box::new(BoxCrop::default()),
            Box::new(embedder),
            format!("CPU ({})", isa.name()),
        ))
    }

    /// Any detector, aligner and embedder.
    #[must_use]
    pub fn with(
        detector: Box<dyn FaceDetector>,
        aligner: Box<dyn Aligner>,
        embedder: Box<dyn FaceEmbedder>,
        device: String,
    ) -> Self {
        let model_id = format!("{}+{}+{}", detector.name(), aligner.name(), embedder.name());
        Self { detector, aligner, embedder, model_id, device }
    }
}

impl NetworkFinder {
    /// The same with embeddings of a crop and its mirror image together.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self::with(self.detector, self.aligner, Box::new(Mirrored::new(self.embedder)), self.device)
    }

    /// The same with embeddings of 128 numbers; for the built-in FaceNet only.
    ///
    /// # Errors
    /// [`VisionError`] when the weights are damaged.
    pub fn compact(self) -> Result<Self, VisionError> {
        let embedder = Box::new(Compact::new(self.embedder)?);
        Ok(Self::with(self.detector, self.aligner, embedder, self.device))
    }
}

impl FaceFinder for NetworkFinder {
    fn model_id(&self) -> &str {
        &self.model_id
    }

    fn device(&self) -> String {
        self.device.clone()
    }

    fn detect(&self, photo: &Pixels, min_face: f32) -> Result<Vec<DetectedFace>, VisionError> {
        self.detector.detect(photo, min_face)
    }

    fn crops(&self, photo: &Pixels, faces: &[DetectedFace]) -> Vec<Pixels> {
        faces.iter().map(|face| self.aligner.crop(photo, face)).collect()
    }

    fn embed(&self, crops: &[Pixels]) -> Result<Vec<Vec<f32>>, VisionError> {
        self.embedder.embed(crops)
    }
}
