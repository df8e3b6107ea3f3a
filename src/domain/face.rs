//! A face, from the detector's box to the library's row.

use serde::{Deserialize, Serialize};

use super::{FaceBox, FaceId, FaceKey, PhotoId};

/// Left eye, right eye, nose, left and right corner of the mouth, as the viewer sees them: `[x, y]` in pixels of the
/// upright photo.
pub type Landmarks = [[f32; 2]; 5];

/// What a detector says of one face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectedFace {
    /// Where, in pixels of the upright photo.
    pub bounds: FaceBox,
    /// The detector's confidence, 0 to 1.
    pub score: f32,
    /// Five points.
    pub landmarks: Landmarks,
    /// How sharp its crop is: about 0.05 when blurred, 0.5 usually; 1 where it was not measured (`vision::sharpness`).
    pub sharpness: f32,
}

/// A detected face and its embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddedFace {
    /// Where and how sure.
    pub detected: DetectedFace,
    /// L2-normalised.
    pub embedding: Vec<f32>,
}

/// A face of the library.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// Row.
    pub id: FaceId,
    /// Lasting identity.
    pub key: FaceKey,
    /// The photo it is in.
    pub photo: PhotoId,
    /// Where and how sure.
    pub detected: DetectedFace,
}
