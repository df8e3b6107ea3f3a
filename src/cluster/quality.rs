//! How well a face shows who it is.

use crate::domain::DetectedFace;

/// Faces below this may join a group, but never start or bridge one.
pub const POOR: f32 = 0.3;

/// How well a detected face shows who it is, from 0 to 1: its size, the detector's confidence, how sharp it is, and how
/// far it is turned away (where the nose is between the eyes). `models/README.md` says what was measured.
#[must_use]
pub fn quality(face: &DetectedFace) -> f32 {
    let side = face.bounds.width.min(face.bounds.height);
    // Faces of celeba-dev reduced to 32, 24, 16 and 12 pixels have a mean cosine of 0.73, 0.63, 0.33 and 0.13 to the mean
    // of the person's others (0.77 as they are); under 0.4 are 2, 7, 67 and 99 in a hundred.
    // From 34.4 pixels on a face counts as good: of 676 smaller ones on wider-dev, whose photos have nobody in common, 201 were in groups
    // with faces of other photos, of 220 larger ones 20.
    let size = ((side - 20.0) / 48.0).clamp(0.0, 1.0);
    // Of 822 detections on WIDER Face one in five under a score of 0.95 shows no face, above it one in a hundred; of the
    // 4,445 labelled faces of celeba-dev, lfw-dev and origin-120 six are under it. (0.90 was tried
    // first; a false face of the sample photos scores 0.91.)
    let sure = ((face.score - 0.935) / 0.05).clamp(0.0, 1.0);
    // The least sharp of 2,921 labelled faces that embed well are at 0.04, six of 4,445 are under 0.06; of the 890 that stand beside
    // them one in four is, and what is as blurred as that is alike whoever it is.
    let sharp = ((face.sharpness - 0.03) / 0.1).clamp(0.0, 1.0);
    size.min(sure).min(sharp).min(frontal(face))
}

/// 1 for a face that looks at the camera, 0 for a profile.
fn frontal(face: &DetectedFace) -> f32 {
    let [left, right, nose, ..] = face.landmarks;
    let (dx, dy) = (right[0] - left[0], right[1] - left[1]);
    let length = dx * dx + dy * dy;
    if length <= f32::EPSILON {
        return 0.0;
    }
    // Where along the line between the eyes the nose is: 0.5 in the middle, beyond 0 or 1 in profile.
    let along = ((nose[0] - left[0]) * dx + (nose[1] - left[1]) * dy) / length;
    (1.0 - ((along - 0.5).abs() - 0.5) / 0.5).clamp(0.0, 1.0)
}
