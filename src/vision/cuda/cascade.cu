// MTCNN's networks in numbers of 32 bits. Compiled at run time, so nothing is included.

// P-Net's numbers: weights by tap, input and output, then bias and slope of each layer; last the heads' weights and bias.
__constant__ float PNET[270 + 20 + 1440 + 32 + 4608 + 64 + 192 + 6];

// A picture of the pyramid: its size, and how many pixels and tiles of cells lie before it.
struct Level { int width, height, pixels, tiles; };
struct Pyramid { int count, pixels; Level levels[24]; };

// A cell whose score reaches the threshold.
struct Cell { int level, x, y; float score; float offsets[4]; };

// A pixel as the networks see it: the mean of the photo's pixels under it, as resample.rs has it. So many threads (1, 2, 4 or 8)
// add it up and write its numbers.
__device__ void mean_of(const unsigned char *photo, int photo_width, int left, int top, int right, int bottom, int lanes,
                        bool mine, float *pixel) {
    int lane = threadIdx.x & (lanes - 1), across = right - left;
    unsigned sums[3] = {0, 0, 0};
    for (int y = top; y < bottom; y++)
        for (int x = left + lane; x < right; x += lanes) {
            const unsigned char *from = photo + ((size_t)y * photo_width + x) * 3;
            for (int c = 0; c < 3; c++) sums[c] += from[c];
        }
    for (int step = lanes >> 1; step > 0; step >>= 1)
        for (int c = 0; c < 3; c++) sums[c] += __shfl_xor_sync(0xffffffffu, sums[c], step);
    float count = across * (bottom - top);
    if (mine && lane == 0)
        for (int c = 0; c < 3; c++) pixel[c] = ((float)sums[c] / count - 127.5f) * 0.0078125f;
}

// Pictures of the pyramid from one pixel to another, with so many threads a pixel.
extern "C" __global__ void __launch_bounds__(256) pyramid_of(const unsigned char *photo, int photo_width,
                                                              int photo_height, Pyramid pyramid, float *pictures,
                                                              int start, int end, int lanes) {
    int at = start + (blockIdx.x * blockDim.x + threadIdx.x) / lanes;
    bool mine = at < end;
    int number = 0;
    while (number + 1 < pyramid.count && pyramid.levels[number + 1].pixels <= at) number++;
    Level level = pyramid.levels[number];
    int pixel = mine ? at - level.pixels : 0; // who has none lends a hand where it does no harm
    int x = pixel % level.width, y = pixel / level.width;
    int left = x * photo_width / level.width, right = ((x + 1) * photo_width + level.width - 1) / level.width;
    int top = y * photo_height / level.height, bottom = ((y + 1) * photo_height + level.height - 1) / level.height;
    mean_of(photo, photo_width, left, top, right, bottom, lanes, mine, pictures + (size_t)at * 3);
}

// Windows of the photo (left, top, right, bottom) as squares of `side` pixels, or as a mirror shows them: which pixels lie
// under a pixel is the same from both sides.
extern "C" __global__ void __launch_bounds__(256) crops_of(const unsigned char *photo, int photo_width,
                                                            const int *windows, float *crops, int pixels, int side,
                                                            int mirrored) {
    int at = (blockIdx.x * blockDim.x + threadIdx.x) >> 2;
    bool mine = at < pixels;
    int pixel = mine ? at : 0, x = pixel % side, y = pixel / side % side;
    const int *window = windows + pixel / (side * side) * 4;
    if (mirrored) x = side - 1 - x;
    int width = window[2] - window[0], height = window[3] - window[1];
    int left = window[0] + x * width / side, right = window[0] + ((x + 1) * width + side - 1) / side;
    int top = window[1] + y * height / side, bottom = window[1] + ((y + 1) * height + side - 1) / side;
    mean_of(photo, photo_width, left, top, right, bottom, 4, mine, crops + (size_t)at * 3);
}

__device__ float prelu(float value, float slope) { return value > 0.0f ? value : value * slope; }

// P-Net on 16 × 16 cells, from the picture's pixels to the cells that count; nothing between them leaves the block. The
// first number of `found` counts them; cells beyond `room` are counted and not kept.
extern "C" __global__ void __launch_bounds__(128, 4) propose(const float *pictures, Pyramid pyramid, float threshold,
                                                              Cell *found, int room) {
    __shared__ float pixels[3 * 42 * 42]; // then the second layer, 16 × 18 × 18
    __shared__ float pooled[10 * 20 * 20];
    const float *w1 = PNET, *b1 = w1 + 270, *s1 = b1 + 10, *w2 = s1 + 10, *b2 = w2 + 1440, *s2 = b2 + 16, *w3 = s2 + 16;
    const float *b3 = w3 + 4608, *s3 = b3 + 32, *w4 = s3 + 32, *b4 = w4 + 192;
    int number = 0;
    while (number + 1 < pyramid.count && pyramid.levels[number + 1].tiles <= (int)blockIdx.x) number++;
    Level level = pyramid.levels[number];
    int cells_x = (level.width - 1) / 2 - 4, cells_y = (level.height - 1) / 2 - 4;
    int tile = blockIdx.x - level.tiles, across = (cells_x + 15) / 16;
    int tile_x = tile % across, tile_y = tile / across;

    for (int i = threadIdx.x; i < 42 * 42; i += 128) {
        int x = tile_x * 32 + i % 42, y = tile_y * 32 + i / 42;
        bool inside = x < level.width && y < level.height;
        const float *from = pictures + ((size_t)level.pixels + (size_t)y * level.width + x) * 3;
        for (int c = 0; c < 3; c++) pixels[c * 42 * 42 + i] = inside ? from[c] : 0.0f;
    }
    __syncthreads();

    // The four pixels of a pool at once: each weight is read once for them.
    for (int i = threadIdx.x; i < 400; i += 128) {
        int x = i % 20 * 2, y = i / 20 * 2;
        float sums[4][10];
#pragma unroll
        for (int corner = 0; corner < 4; corner++)
#pragma unroll
            for (int c = 0; c < 10; c++) sums[corner][c] = b1[c];
#pragma unroll 1
        for (int from = 0; from < 3; from++)
#pragma unroll
            for (int tap = 0; tap < 9; tap++)
#pragma unroll
                for (int corner = 0; corner < 4; corner++) {
                    float value = pixels[from * 42 * 42 + (y + (corner >> 1) + tap / 3) * 42 + x + (corner & 1) + tap % 3];
#pragma unroll
                    for (int c = 0; c < 10; c++) sums[corner][c] += value * w1[(tap * 3 + from) * 10 + c];
                }
        // What hangs over the edge does not count.
        bool right = tile_x * 32 + x + 1 < level.width - 2, below = tile_y * 32 + y + 1 < level.height - 2;
#pragma unroll
        for (int c = 0; c < 10; c++) {
            float most = prelu(sums[0][c], s1[c]);
            if (right) most = fmaxf(most, prelu(sums[1][c], s1[c]));
            if (below) most = fmaxf(most, prelu(sums[2][c], s1[c]));
            if (right && below) most = fmaxf(most, prelu(sums[3][c], s1[c]));
            pooled[c * 400 + i] = most;
        }
    }
    __syncthreads();

    for (int i = threadIdx.x; i < 324; i += 128) {
        int x = i % 18, y = i / 18;
        float sums[16];
#pragma unroll
        for (int c = 0; c < 16; c++) sums[c] = b2[c];
#pragma unroll 1
        for (int from = 0; from < 10; from++)
#pragma unroll
            for (int tap = 0; tap < 9; tap++) {
                float value = pooled[from * 400 + (y + tap / 3) * 20 + x + tap % 3];
#pragma unroll
                for (int c = 0; c < 16; c++) sums[c] += value * w2[(tap * 10 + from) * 16 + c];
            }
#pragma unroll
        for (int c = 0; c < 16; c++) pixels[c * 324 + i] = prelu(sums[c], s2[c]);
    }
    __syncthreads();

    // Two cells a thread, eight rows apart, for the same reason.
    int x = threadIdx.x % 16, y = threadIdx.x / 16;
    float sums[2][32];
#pragma unroll
    for (int c = 0; c < 32; c++) sums[0][c] = sums[1][c] = b3[c];
#pragma unroll 1
    for (int from = 0; from < 16; from++)
#pragma unroll
        for (int tap = 0; tap < 9; tap++) {
            const float *value = pixels + from * 324 + (y + tap / 3) * 18 + x + tap % 3;
            float upper = value[0], lower = value[8 * 18];
#pragma unroll
            for (int c = 0; c < 32; c++) {
                float weight = w3[(tap * 16 + from) * 32 + c];
                sums[0][c] += upper * weight;
                sums[1][c] += lower * weight;
            }
        }
    x += tile_x * 16;
    y += tile_y * 16;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        float heads[6];
#pragma unroll
        for (int head = 0; head < 6; head++) heads[head] = b4[head];
#pragma unroll
        for (int c = 0; c < 32; c++) {
            float value = prelu(sums[half][c], s3[c]);
#pragma unroll
            for (int head = 0; head < 6; head++) heads[head] += value * w4[c * 6 + head];
        }
        float score = 1.0f / (1.0f + expf(heads[0] - heads[1]));
        if (x < cells_x && y + 8 * half < cells_y && score >= threshold) {
            int place = atomicAdd((int *)found, 1);
            if (place < room) {
                Cell cell = {number, x, y + 8 * half, score, {heads[2], heads[3], heads[4], heads[5]}};
                found[1 + place] = cell;
            }
        }
    }
}

__device__ float4 added(float4 sum, float value, float4 weight) {
    return make_float4(sum.x + value * weight.x, sum.y + value * weight.y, sum.z + value * weight.z,
                       sum.w + value * weight.w);
}

// A convolution of pictures with their channels together, without padding; four outputs of four pixels a thread. Without
// `slope`, nothing comes after it.
extern "C" __global__ void __launch_bounds__(256) convolve(const float *from, const float *weight, const float *bias,
                                                            const float *slope, float *to, int pixels, int side,
                                                            int inputs, int outputs, int taps) {
    int at = blockIdx.x * blockDim.x + threadIdx.x, fours = outputs / 4, out_side = side + 1 - taps;
    int four = at % fours, first = at / fours * 4;
    if (first >= pixels) return;
    const float *rows[4];
    float4 sums[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        int pixel = min(first + i, pixels - 1);
        int x = pixel % out_side, y = pixel / out_side % out_side, picture = pixel / (out_side * out_side);
        rows[i] = from + ((size_t)(picture * side + y) * side + x) * inputs;
        sums[i] = ((const float4 *)bias)[four];
    }
    const float4 *weights = (const float4 *)weight + four;
    for (int tap_y = 0; tap_y < taps; tap_y++) {
        // The taps of a row lie side by side.
        if (inputs % 4 == 0) {
            for (int i = 0; i < taps * inputs; i += 4, weights += 4 * fours) {
                float4 w[4];
#pragma unroll
                for (int k = 0; k < 4; k++) w[k] = weights[k * fours];
#pragma unroll
                for (int p = 0; p < 4; p++) {
                    float4 value = *(const float4 *)(rows[p] + i);
                    sums[p] = added(sums[p], value.x, w[0]);
                    sums[p] = added(sums[p], value.y, w[1]);
                    sums[p] = added(sums[p], value.z, w[2]);
                    sums[p] = added(sums[p], value.w, w[3]);
                }
            }
        } else {
            for (int i = 0; i < taps * inputs; i++, weights += fours) {
                float4 w = *weights;
#pragma unroll
                for (int p = 0; p < 4; p++) sums[p] = added(sums[p], rows[p][i], w);
            }
        }
#pragma unroll
        for (int p = 0; p < 4; p++) rows[p] += (size_t)side * inputs;
    }
#pragma unroll
    for (int p = 0; p < 4; p++) {
        if (first + p >= pixels) return;
        float4 sum = sums[p];
        if (slope) {
            float4 s = ((const float4 *)slope)[four];
            sum = make_float4(prelu(sum.x, s.x), prelu(sum.y, s.y), prelu(sum.z, s.z), prelu(sum.w, s.w));
        }
        ((float4 *)to)[(size_t)(first + p) * fours + four] = sum;
    }
}

// The greatest of `size` × `size` pixels at every second one; what hangs over the edge does not count.
extern "C" __global__ void pool(const float *from, float *to, int total, int side, int out_side, int channels, int size) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total) return;
    int channel = at % channels, pixel = at / channels;
    int x = pixel % out_side * 2, y = pixel / out_side % out_side * 2, picture = pixel / (out_side * out_side);
    float most = -3.0e38f;
    for (int row = y; row < min(y + size, side); row++)
        for (int column = x; column < min(x + size, side); column++)
            most = fmaxf(most, from[((size_t)(picture * side + row) * side + column) * channels + channel]);
    to[at] = most;
}
