// What FaceNet needs beside matrix products. Compiled at run time, so nothing is included: numbers of 16 bits are moved
// as they are, eight at a time, and turned into float only where they are added.
// Pictures lie as rows of pixels with their channels together.

__device__ float from_half(unsigned short bits) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
}

__device__ unsigned short to_half(float value) {
    unsigned short bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}

// The taps of the first convolution (3 × 3 × 3, stride 2, 160 → 79 pixels) as rows of 32 numbers, of which 27 count.
// A byte b becomes (b − 127.5) / 128, which f16 holds exactly.
extern "C" __global__ void first_columns(const unsigned char *crops, uint4 *columns, int count) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count * 79 * 79 * 4) return;
    int part = at & 3, row = at >> 2;
    int x = row % 79, y = row / 79 % 79, crop = row / (79 * 79);
    const unsigned char *from = crops + ((size_t)crop * 160 * 160 + (2 * y) * 160 + 2 * x) * 3;
    union { uint4 all; unsigned short one[8]; } eight;
    for (int i = 0; i < 8; i++) {
        int tap = part * 8 + i;
        // Nine numbers of a row of taps lie side by side.
        eight.one[i] = tap < 27 ? to_half((from[tap / 9 * 160 * 3 + tap % 9] - 127.5f) / 128.0f) : (unsigned short)0;
    }
    columns[at] = eight.all;
}

// The taps of every output pixel, side by side; zeros beyond the edges. Sizes of channels count eights.
extern "C" __global__ void columns(const uint4 *from, uint4 *columns, int total, int height, int width, int eights,
                                   int row_eights, int out_height, int out_width, int tap_rows, int tap_columns,
                                   int stride, int above, int left) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total) return;
    int rest = at;
    int eight = rest % eights;
    rest /= eights;
    int tap_x = rest % tap_columns;
    rest /= tap_columns;
    int tap_y = rest % tap_rows;
    rest /= tap_rows;
    int x = rest % out_width;
    rest /= out_width;
    int y = rest % out_height, picture = rest / out_height;
    int in_x = x * stride + tap_x - left, in_y = y * stride + tap_y - above;
    uint4 value = make_uint4(0, 0, 0, 0);
    if (in_x >= 0 && in_x < width && in_y >= 0 && in_y < height)
        value = from[((size_t)(picture * height + in_y) * width + in_x) * row_eights + eight];
    columns[at] = value;
}

// The greatest of 3 × 3 pixels at every second one. Numbers are never below 0, so they are ordered as their bits are.
extern "C" __global__ void pool(const uint4 *from, uint4 *to, int total, int height, int width, int eights,
                                int out_height, int out_width, int to_eights) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total) return;
    int eight = at % eights, pixel = at / eights;
    int x = pixel % out_width, y = pixel / out_width % out_height, picture = pixel / (out_width * out_height);
    uint4 most = make_uint4(0, 0, 0, 0);
    for (int tap = 0; tap < 9; tap++) {
        size_t in_pixel = (size_t)(picture * height + 2 * y + tap / 3) * width + 2 * x + tap % 3;
        uint4 value = from[in_pixel * eights + eight];
        most.x = __vmaxs2(most.x, value.x);
        most.y = __vmaxs2(most.y, value.y);
        most.z = __vmaxs2(most.z, value.z);
        most.w = __vmaxs2(most.w, value.w);
    }
    to[(size_t)pixel * to_eights + eight] = most;
}

// The mean of each channel over the 3 × 3 pixels of every picture.
extern "C" __global__ void means(const unsigned short *from, unsigned short *to, int total, int channels) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total) return;
    int channel = at % channels, picture = at / channels;
    float sum = 0.0f;
    for (int pixel = 0; pixel < 9; pixel++) sum += from_half(from[(size_t)(picture * 9 + pixel) * channels + channel]);
    to[at] = to_half(sum / 9.0f);
}
