//! One AV1 frame as RGB, by `re_rav1d`: dav1d, translated to Rust.
//!
//! Its interface is C's, so a panic in it would end the program: call this only inside [`super::guard::isolated`].

use re_rav1d::dav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent as Component, Settings, pixel};

use super::MediaError;
use super::stored::{MOST_PIXELS, check_size};
use crate::domain::Pixels;

/// How the numbers of a picture become colours: code points of ITU-T H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coefficients {
    pub(super) primaries: u16,
    pub(super) transfer: u16,
    pub(super) matrix: u16,
    pub(super) full_range: bool,
}

/// The first frame of `data`, in the colours that it has. `coefficients` are those of the container, which count
/// before those of the stream.
pub(super) fn decode(data: Vec<u8>, coefficients: Option<Coefficients>) -> Result<Pixels, MediaError> {
    let mut settings = Settings::new();
    // One thread: photos are decoded side by side already, and no frame follows.
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_frame_size_limit(MOST_PIXELS as u32);
    let mut decoder = Decoder::with_settings(&settings).map_err(failed)?;
    match decoder.send_data(data, None, None, None) {
        Ok(()) | Err(Error::Again) => {}
        Err(error) => return Err(failed(error)),
    }
    let picture = match decoder.get_picture() {
        // What did not fit at once is sent now; a file of one frame needs no more than that.
        Err(Error::Again) => {
            match decoder.send_pending_data() {
                Ok(()) | Err(Error::Again) => {}
                Err(error) => return Err(failed(error)),
            }
            decoder.get_picture().map_err(failed)?
        }
        result => result.map_err(failed)?,
    };
    check_size(picture.width(), picture.height())?;
    rgb(&picture, coefficients)
}

fn failed(error: Error) -> MediaError {
    match error {
        Error::Again => MediaError::Truncated,
        Error::NotEnoughMemory => MediaError::TooLarge("the system has no memory for it".to_owned()),
        Error::UnsupportedBitstream => MediaError::Unsupported("this kind of AVIF".to_owned()),
        other => MediaError::Damaged(format!("AV1: {}", other.to_string().to_lowercase())),
    }
}

/// Samples of one plane as numbers from 0 to 1, whatever their depth.
struct Plane {
    data: re_rav1d::dav1d::Plane,
    stride: usize,
    wide: bool,
    /// How far the chroma is smaller, as a shift.
    across: u32,
    down: u32,
}

impl Plane {
    fn new(picture: &Picture, component: Component) -> Self {
        let (across, down) = match (component, picture.pixel_layout()) {
            (Component::U | Component::V, PixelLayout::I420) => (1, 1),
            (Component::U | Component::V, PixelLayout::I422) => (1, 0),
            _ => (0, 0),
        };
        let (data, stride) = (picture.plane(component), picture.stride(component) as usize);
        Self { data, stride, wide: picture.bit_depth() > 8, across, down }
    }

    /// Fills `row` with the samples of row `y` of the whole picture; chroma is repeated.
    fn read(&self, y: usize, row: &mut [u16]) {
        let start = (y >> self.down) * self.stride;
        let line = self.data.get(start..).unwrap_or_default();
        for (x, value) in row.iter_mut().enumerate() {
            let x = x >> self.across;
            *value = if self.wide {
                line.get(2 * x..).and_then(|rest| rest.first_chunk::<2>()).map_or(0, |two| u16::from_ne_bytes(*two))
            } else {
                line.get(x).copied().map_or(0, u16::from)
            };
        }
    }
}

fn rgb(picture: &Picture, coefficients: Option<Coefficients>) -> Result<Pixels, MediaError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let matrix = Matrix::new(picture, coefficients)?;
    let luma = Plane::new(picture, Component::Y);
    let chroma = (picture.pixel_layout() != PixelLayout::I400)
        .then(|| [Plane::new(picture, Component::U), Plane::new(picture, Component::V)]);
    let middle = 1u16 << (picture.bit_depth() - 1);
    let [mut y_row, mut u_row, mut v_row] = [vec![0u16; width], vec![middle; width], vec![middle; width]];
    let mut rgb = vec![0; 3 * width * height];
    for (y, line) in rgb.chunks_exact_mut(3 * width).enumerate() {
        luma.read(y, &mut y_row);
        if let Some([u, v]) = &chroma {
            u.read(y, &mut u_row);
            v.read(y, &mut v_row);
        }
        let samples = y_row.iter().zip(&u_row).zip(&v_row);
        for (pixel, ((y, u), v)) in line.chunks_exact_mut(3).zip(samples) {
            pixel.copy_from_slice(&matrix.apply(*y, *u, *v));
        }
    }
    Pixels::new(width as u32, height as u32, rgb)
        .map_err(|_bytes| MediaError::Damaged("it has a wrong number of pixels".to_owned()))
}

/// From Y, Cb, Cr to red, green, blue (ITU-T H.273, section 8.3).
struct Matrix {
    /// Offset and factor that bring Y to 0–255.
    luma: (f32, f32),
    /// Offset and factor that bring Cb and Cr to ±127.5.
    chroma: (f32, f32),
    /// Red from Cr, green from Cb and Cr, blue from Cb.
    red: f32,
    green: (f32, f32),
    blue: f32,
    /// The three planes are green, blue, red.
    identity: bool,
}

impl Matrix {
    fn new(picture: &Picture, coefficients: Option<Coefficients>) -> Result<Self, MediaError> {
        let matrix = coefficients.map_or_else(|| own_matrix(picture), |said| said.matrix);
        let full =
            coefficients.map_or_else(|| matches!(picture.color_range(), pixel::YUVRange::Full), |said| said.full_range);
        let step = f32::from(1u16 << (picture.bit_depth() - 8));
        let most = 256.0 * step - 1.0;
        let luma = if full { (0.0, 255.0 / most) } else { (16.0 * step, 255.0 / (219.0 * step)) };
        let chroma = (128.0 * step, if full { 255.0 / most } else { 255.0 / (224.0 * step) });
        let (from_red, from_blue) = match matrix {
            0 => return Ok(Self { luma, chroma, red: 0.0, green: (0.0, 0.0), blue: 0.0, identity: true }),
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            // BT.601, also where nothing is said.
            2 | 3 | 5 | 6 => (0.299, 0.114),
            other => return Err(MediaError::Unsupported(format!("AVIF with colour matrix {other}"))),
        };
        let from_green = 1.0 - from_red - from_blue;
        let (red, blue) = (2.0 * (1.0 - from_red), 2.0 * (1.0 - from_blue));
        let green = (-from_blue * blue / from_green, -from_red * red / from_green);
        Ok(Self { luma, chroma, red, green, blue, identity: false })
    }

    fn apply(&self, y: u16, u: u16, v: u16) -> [u8; 3] {
        let scaled = |value: u16, (offset, factor): (f32, f32)| (f32::from(value) - offset) * factor;
        let y = scaled(y, self.luma);
        if self.identity {
            return [scaled(v, self.luma), y, scaled(u, self.luma)].map(|value| (value + 0.5) as u8);
        }
        let (u, v) = (scaled(u, self.chroma), scaled(v, self.chroma));
        // A cast of a float stays within 0 and 255.
        [y + self.red * v, y + self.green.0 * u + self.green.1 * v, y + self.blue * u].map(|value| (value + 0.5) as u8)
    }
}

fn own_matrix(picture: &Picture) -> u16 {
    match picture.matrix_coefficients() {
        pixel::MatrixCoefficients::Identity => 0,
        pixel::MatrixCoefficients::BT709 => 1,
        pixel::MatrixCoefficients::BT470M => 4,
        pixel::MatrixCoefficients::ST240M => 7,
        pixel::MatrixCoefficients::YCgCo => 8,
        pixel::MatrixCoefficients::BT2020NonConstantLuminance => 9,
        pixel::MatrixCoefficients::BT2020ConstantLuminance => 10,
        pixel::MatrixCoefficients::ST2085 => 11,
        pixel::MatrixCoefficients::ICtCp => 14,
        _ => 2,
    }
}
