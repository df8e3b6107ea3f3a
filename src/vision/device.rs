//! Where the networks run.

use candle_core::Device;

use super::VisionError;

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best that works; falls back to the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The first NVIDIA card; needs a build with `--features cuda`.
    Cuda,
    /// Apple's graphics; needs a build with `--features metal`.
    Metal,
}

/// Opens the chosen device.
///
/// # Errors
/// [`VisionError::Device`] when a named device is not built in or does not work. `Auto` never fails.
pub fn open_device(choice: DeviceChoice) -> Result<Device, VisionError> {
    match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Cuda => cuda(),
        DeviceChoice::Metal => metal(),
        DeviceChoice::Auto => Ok(automatic().unwrap_or(Device::Cpu)),
    }
}

/// A graphics card this program was built for; when it does not work, a line says why.
fn automatic() -> Option<Device> {
    let working = |open: fn() -> Result<Device, VisionError>| {
        open().inspect_err(|error| tracing::warn!("{error}; the processor is used instead")).ok()
    };
    let card = cfg!(feature = "cuda").then(|| working(cuda)).flatten();
    card.or_else(|| cfg!(feature = "metal").then(|| working(metal)).flatten())
}

/// The device in words.
#[must_use]
pub fn device_name(device: &Device) -> String {
    match device {
        Device::Cpu => "CPU".to_owned(),
        Device::Cuda(_) => "NVIDIA graphics (CUDA)".to_owned(),
        Device::Metal(_) => "Apple graphics (Metal)".to_owned(),
    }
}

fn cuda() -> Result<Device, VisionError> {
    if !cfg!(feature = "cuda") {
        return Err(not_built("cuda"));
    }
    Device::new_cuda(0).map_err(|error| VisionError::Device { device: "cuda", reason: first_line(&error) })
}

fn metal() -> Result<Device, VisionError> {
    if !cfg!(feature = "metal") {
        return Err(not_built("metal"));
    }
    Device::new_metal(0).map_err(|error| VisionError::Device { device: "metal", reason: first_line(&error) })
}

/// candle's errors may carry a backtrace.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn not_built(device: &'static str) -> VisionError {
    let reason = format!("this program was built without it; build it with --features {device}, or leave --device out");
    VisionError::Device { device, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_always_finds_a_device_and_a_missing_one_says_what_to_do() {
        assert!(open_device(DeviceChoice::Auto).is_ok());
        assert_eq!(device_name(&open_device(DeviceChoice::Cpu).unwrap()), "CPU");
        if !cfg!(feature = "cuda") {
            let text = open_device(DeviceChoice::Cuda).unwrap_err().to_string();
            assert!(text.contains("--features cuda"), "{text}");
        }
    }
}
