// MTCNN's networks in numbers of 32 bits. Compiled at run time, so nothing is included.

// P-Net's numbers: weights by tap, input and output, then bias and slope of each layer; last the heads' weights and bias.
__constant__ float PNET[270 + 20 + 1440 + 32 + 4608 + 64 + 192 + 6];

// A picture of the pyramid: its size, and how many pixels and tiles of cells lie before it.
struct Level { int width, height, pixels, tiles; };
struct Pyramid { int count, pixels; Level levels[24]; };

// A cell whose score reaches the threshold.
struct Cell { int level, x, y; float score; float offsets[4]; };

// A pixel as the networks see it: the mean of the photo's pixels under it, as resample.rs has it. Eight threads add it up, and
// three of them write its numbers.
__device__ void mean_of(const unsigned char *photo, int photo_width, int left, int top, int right, int bottom, bool mine,
                        float *pixel) {
    int lane = threadIdx.x & 7, across = right - left, count = across * (bottom - top);
    unsigned red = 0, green = 0, blue = 0;
    for (int i = lane; i < count; i += 8) {
        const unsigned char *from = photo + ((size_t)(top + i / across) * photo_width + left + i % across) * 3;
        red += from[0];
        green += from[1];
        blue += from[2];
    }
    for (int step = 4; step > 0; step >>= 1) {
        red += __shfl_xor_sync(0xffffffffu, red, step);
        green += __shfl_xor_sync(0xffffffffu, green, step);
        blue += __shfl_xor_sync(0xffffffffu, blue, step);
    }
    if (mine && lane < 3) {
        unsigned sum = lane == 0 ? red : lane == 1 ? green : blue;
        pixel[lane] = ((float)sum / (float)count - 127.5f) * 0.0078125f;
    }
}

// All pictures of the pyramid.
extern "C" __global__ void __launch_bounds__(256) pyramid_of(const unsigned char *photo, int photo_width,
                                                              int photo_height, Pyramid pyramid, float *pictures) {
    int at = (blockIdx.x * blockDim.x + threadIdx.x) >> 3;
    bool mine = at < pyramid.pixels;
    int number = 0;
    while (number + 1 < pyramid.count && pyramid.levels[number + 1].pixels <= at) number++;
    Level level = pyramid.levels[number];
    int pixel = mine ? at - level.pixels : 0, x = pixel % level.width, y = pixel / level.width;
    int left = x * photo_width / level.width, right = ((x + 1) * photo_width + level.width - 1) / level.width;
    int top = y * photo_height / level.height, bottom = ((y + 1) * photo_height + level.height - 1) / level.height;
    mean_of(photo, photo_width, left, top, right, bottom, mine, pictures + (size_t)at * 3);
}

// Windows of the photo (left, top, right, bottom) as squares of `side` pixels, or as a mirror shows them: which pixels lie
// under a pixel is the same from both sides.
extern "C" __global__ void __launch_bounds__(256) crops_of(const unsigned char *photo, int photo_width,
                                                            const int *windows, float *crops, int pixels, int side,
                                                            int mirrored) {
    int at = (blockIdx.x * blockDim.x + threadIdx.x) >> 3;
    bool mine = at < pixels;
    int pixel = mine ? at : 0, x = pixel % side, y = pixel / side % side;
    const int *window = windows + pixel / (side * side) * 4;
    if (mirrored) x = side - 1 - x;
    int width = window[2] - window[0], height = window[3] - window[1];
    int left = window[0] + x * width / side, right = window[0] + ((x + 1) * width + side - 1) / side;
    int top = window[1] + y * height / side, bottom = window[1] + ((y + 1) * height + side - 1) / side;
    mean_of(photo, photo_width, left, top, right, bottom, mine, crops + (size_t)at * 3);
}

__device__ float prelu(float value, float slope) { return value > 0.0f ? value : value * slope; }

// P-Net on 16 × 16 cells, from the picture's pixels to the cells that count; nothing between them leaves the block. The
// first number of `found` counts them; cells beyond `room` are counted and not kept.
extern "C" __global__ void __launch_bounds__(256) propose(const float *pictures, Pyramid pyramid, float threshold,
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

    for (int i = threadIdx.x; i < 42 * 42; i += 256) {
        int x = tile_x * 32 + i % 42, y = tile_y * 32 + i / 42;
        bool inside = x < level.width && y < level.height;
        const float *from = pictures + ((size_t)level.pixels + (size_t)y * level.width + x) * 3;
        for (int c = 0; c < 3; c++) pixels[c * 42 * 42 + i] = inside ? from[c] : 0.0f;
    }
    __syncthreads();

    for (int i = threadIdx.x; i < 400; i += 256) {
        int x = i % 20 * 2, y = i / 20 * 2;
        float most[10];
        for (int c = 0; c < 10; c++) most[c] = -3.0e38f;
        for (int corner = 0; corner < 4; corner++) {
            int cx = x + (corner & 1), cy = y + (corner >> 1);
            // What hangs over the edge does not count.
            if (tile_x * 32 + cx >= level.width - 2 || tile_y * 32 + cy >= level.height - 2) continue;
            float sums[10];
            for (int c = 0; c < 10; c++) sums[c] = b1[c];
            for (int tap = 0; tap < 9; tap++)
#pragma unroll
                for (int from = 0; from < 3; from++) {
                    float value = pixels[from * 42 * 42 + (cy + tap / 3) * 42 + cx + tap % 3];
#pragma unroll
                    for (int c = 0; c < 10; c++) sums[c] += value * w1[(tap * 3 + from) * 10 + c];
                }
            for (int c = 0; c < 10; c++) most[c] = fmaxf(most[c], prelu(sums[c], s1[c]));
        }
        for (int c = 0; c < 10; c++) pooled[c * 400 + i] = most[c];
    }
    __syncthreads();

    for (int i = threadIdx.x; i < 2 * 324; i += 256) {
        int first = i / 324 * 8, place = i % 324, x = place % 18, y = place / 18;
        float sums[8];
        for (int c = 0; c < 8; c++) sums[c] = b2[first + c];
        for (int from = 0; from < 10; from++)
#pragma unroll
            for (int tap = 0; tap < 9; tap++) {
                float value = pooled[from * 400 + (y + tap / 3) * 20 + x + tap % 3];
#pragma unroll
                for (int c = 0; c < 8; c++) sums[c] += value * w2[(tap * 10 + from) * 16 + first + c];
            }
        for (int c = 0; c < 8; c++) pixels[(first + c) * 324 + place] = prelu(sums[c], s2[first + c]);
    }
    __syncthreads();

    int x = threadIdx.x % 16, y = threadIdx.x / 16;
    float sums[32];
#pragma unroll
    for (int c = 0; c < 32; c++) sums[c] = b3[c];
    for (int from = 0; from < 16; from++)
#pragma unroll
        for (int tap = 0; tap < 9; tap++) {
            float value = pixels[from * 324 + (y + tap / 3) * 18 + x + tap % 3];
#pragma unroll
            for (int c = 0; c < 32; c++) sums[c] += value * w3[(tap * 16 + from) * 32 + c];
        }
    float heads[6];
#pragma unroll
    for (int head = 0; head < 6; head++) heads[head] = b4[head];
#pragma unroll
    for (int c = 0; c < 32; c++) {
        float value = prelu(sums[c], s3[c]);
#pragma unroll
        for (int head = 0; head < 6; head++) heads[head] += value * w4[c * 6 + head];
    }
    x += tile_x * 16;
    y += tile_y * 16;
    float score = 1.0f / (1.0f + expf(heads[0] - heads[1]));
    if (x < cells_x && y < cells_y && score >= threshold) {
        int place = atomicAdd((int *)found, 1);
        if (place < room) {
            Cell cell = {number, x, y, score, {heads[2], heads[3], heads[4], heads[5]}};
            found[1 + place] = cell;
        }
    }
}

// A convolution of pictures with their channels together, without padding; four outputs a thread. Without `slope`, nothing
// comes after it.
extern "C" __global__ void convolve(const float *from, const float *weight, const float *bias, const float *slope,
                                    float *to, int total, int side, int inputs, int outputs, int taps) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total) return;
    int fours = outputs / 4, out_side = side + 1 - taps;
    int four = at % fours, pixel = at / fours;
    int x = pixel % out_side, y = pixel / out_side % out_side, picture = pixel / (out_side * out_side);
    float4 sum = ((const float4 *)bias)[four];
    const float4 *weights = (const float4 *)weight + four;
    for (int tap_y = 0; tap_y < taps; tap_y++) {
        const float *row = from + ((size_t)(picture * side + y + tap_y) * side + x) * inputs;
        // The taps of a row lie side by side.
        for (int i = 0; i < taps * inputs; i++, weights += fours) {
            float value = row[i];
            float4 w = *weights;
            sum.x += value * w.x;
            sum.y += value * w.y;
            sum.z += value * w.z;
            sum.w += value * w.w;
        }
    }
    if (slope) {
        float4 s = ((const float4 *)slope)[four];
        sum = make_float4(prelu(sum.x, s.x), prelu(sum.y, s.y), prelu(sum.z, s.z), prelu(sum.w, s.w));
    }
    ((float4 *)to)[at] = sum;
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
