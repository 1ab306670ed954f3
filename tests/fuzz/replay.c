/* SPDX-License-Identifier: MIT */
/*
 * replay.c - a plain main for a fuzz entry point, for any C compiler.
 *
 *     fuzz_READER [--mutate N] [--seed S] [--max BYTES] [--bits BYTES] [--save FILE] FILE|FOLDER...
 *
 * Judges every file, then, with --mutate, N inputs made from them by a repeatable stream of changes; with
 * --bits, each file of up to so many bytes with each single bit flipped and its digests made right again. Ends with the number
 * of inputs judged; a claim that does not hold ends the program, and the last input then stands in the file named by
 * --save (default: none is kept).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/image.h"
#include "tests/fuzz/fuzz.h"

#define INPUTS_MAX 65536u

struct input {
    uint8_t *data;
    size_t bytes;
};

/* Everything replayed, and the stream of changes; LLVMFuzzerMutate takes no argument of its own for them. */
static struct input inputs[INPUTS_MAX];
static size_t inputs_len;
static uint64_t state = 1;
static const char *save;
static size_t bit = SIZE_MAX; /* the one LLVMFuzzerMutate flips, or SIZE_MAX: changes by lot */

static uint32_t draw(uint32_t below)
{
    uint64_t x = (state += 0x9E3779B97F4A7C15u); /* SplitMix64 (Steele, Lea, Flood 2014) */

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((x >> 32) % below);
}

/* One change: a bit, a byte, a number of 4 bytes, a piece removed, doubled or taken from another input. */
static size_t change(uint8_t *data, size_t bytes, size_t max)
{
    static const uint32_t odd[] = {0,      1,      0x7F,       0x80,       0xFF,
                                   0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    size_t at = bytes == 0 ? 0 : draw((uint32_t)bytes), n = bytes == 0 ? 0 : 1 + draw((uint32_t)(bytes - at));
    const struct input *other = &inputs[draw((uint32_t)(inputs_len + (inputs_len == 0)))];
    uint32_t v = odd[draw(10)], i;

    switch (draw(bytes == 0 ? 1 : 8)) {
    case 0: /* insert a byte */
        if (bytes < max) {
            memmove(data + at + 1, data + at, bytes - at);
            data[at] = (uint8_t)draw(256);
            bytes++;
        }
        break;
    case 1:
        data[at] ^= (uint8_t)(1u << draw(8));
        break;
    case 2:
        data[at] = (uint8_t)draw(256);
        break;
    case 3: /* a telling number, little-endian or big */
        for (i = 0; i < 4 && at + i < bytes; i++) {
            data[at + i] = (uint8_t)(v >> (n % 2 == 0 ? 8 * i : 24 - 8 * i));
        }
        break;
    case 4: /* remove a piece of up to 16 bytes */
        n = n > 16 ? 16 : n;
        memmove(data + at, data + at + n, bytes - at - n);
        bytes -= n;
        break;
    case 5: /* double a piece */
        n = n > max - bytes ? max - bytes : n;
        memmove(data + at + n, data + at, bytes - at);
        bytes += n;
        break;
    case 6: /* a piece of another input in place of ours */
        for (i = 0; i < n && at + i < bytes && at + i < other->bytes; i++) {
            data[at + i] = other->data[at + i];
        }
        break;
    default: /* cut off */
        bytes = draw(8) == 0 ? at : bytes;
        break;
    }
    return bytes;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t max)
{
    uint32_t times = 1 + draw(4);

    if (bit != SIZE_MAX) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        return bytes;
    }
    while (times-- > 0) {
        bytes = change(data, bytes, max);
    }
    return bytes;
}

static void keep(const uint8_t *data, size_t bytes)
{
    FILE *f = save == NULL ? NULL : fopen(save, "wb");

    if (f != NULL) {
        fwrite(data, 1, bytes, f);
        fclose(f);
    }
}

/* Judges a copy that ends where its block ends. */
static void judge(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes + (bytes == 0));

    if (copy == NULL) {
        exit(2);
    }
    if (bytes > 0) {
        memcpy(copy, data, bytes);
    }
    keep(copy, bytes);
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static void add_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    struct input *in = &inputs[inputs_len];

    if (f == NULL || inputs_len == INPUTS_MAX) {
        fprintf(stderr, "cannot read %s, or there are more than %u inputs\n", path, INPUTS_MAX);
        exit(2);
    }
    in->data = malloc(size + (size == 0));
    in->bytes = in->data == NULL ? 0 : fread(in->data, 1, size, f);
    fclose(f);
    inputs_len++;
    judge(in->data, in->bytes);
}

/* A file, or the files of a folder in the order the system gives them. */
static void add(const char *path)
{
    struct dirent *entry;
    struct stat st = {0}; /* MemorySanitizer does not see stat fill it */
    DIR *dir;
    char inner[4096];

    if (stat(path, &st) != 0) {
        fprintf(stderr, "%s is not there\n", path);
        exit(2);
    }
    if (!S_ISDIR(st.st_mode)) {
        add_file(path, (size_t)st.st_size);
        return;
    }
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && stat(inner, &st) == 0 && S_ISREG(st.st_mode)) {
            add_file(inner, (size_t)st.st_size);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void mutate(unsigned long times, size_t max)
{
    uint8_t *data = malloc(max);
    unsigned long i;

    fuzz_pixels_max = 1u << 16;
    for (i = 0; data != NULL && inputs_len > 0 && i < times; i++) {
        const struct input *from = &inputs[draw((uint32_t)inputs_len)];
        size_t bytes = from->bytes < max ? from->bytes : max;

        if (bytes > 0) {
            memcpy(data, from->data, bytes);
        }
        bytes = LLVMFuzzerCustomMutator(data, bytes, max, draw(1u << 30));
        judge(data, bytes);
    }
    free(data);
}

/* Every single bit of every file, flipped and the digests made right again. Returns how many. */
static unsigned long flip(size_t bytes_max)
{
    uint8_t *data = malloc(bytes_max);
    unsigned long times = 0;
    size_t i;

    for (i = 0; data != NULL && i < inputs_len; i++) {
        for (bit = 0; inputs[i].bytes <= bytes_max && bit < 8 * inputs[i].bytes; bit++, times++) {
            memcpy(data, inputs[i].data, inputs[i].bytes);
            judge(data, LLVMFuzzerCustomMutator(data, inputs[i].bytes, inputs[i].bytes, 1));
        }
    }
    bit = SIZE_MAX;
    free(data);
    return times;
}

int main(int argc, char **argv)
{
    unsigned long times = 0, max = 16384, bits = 0;
    size_t i;
    int a;

    fuzz_pixels_max = NEV_IMAGE_PIXELS_MAX;
    for (a = 1; a + 1 < argc && strncmp(argv[a], "--", 2) == 0; a += 2) {
        if (strcmp(argv[a], "--mutate") == 0) {
            times = strtoul(argv[a + 1], NULL, 10);
        } else if (strcmp(argv[a], "--seed") == 0) {
            state = strtoul(argv[a + 1], NULL, 10);
        } else if (strcmp(argv[a], "--max") == 0) {
            max = strtoul(argv[a + 1], NULL, 10);
        } else if (strcmp(argv[a], "--bits") == 0) {
            bits = strtoul(argv[a + 1], NULL, 10);
        } else if (strcmp(argv[a], "--save") == 0) {
            save = argv[a + 1];
        } else {
            break;
        }
    }
    if (a >= argc || max == 0) {
        fprintf(
            stderr,
            "usage: %s [--mutate N] [--seed S] [--max BYTES] [--bits BYTES] [--save FILE] FILE|FOLDER...\n",
            argv[0]);
        return 2;
    }
    for (; a < argc; a++) {
        add(argv[a]);
    }
    mutate(times, max);
    if (bits > 0) {
        printf("%lu bits flipped, ", flip(bits));
    }
    printf("%zu files, %lu made from them\n", inputs_len, inputs_len > 0 ? times : 0);
    for (i = 0; i < inputs_len; i++) {
        free(inputs[i].data);
    }
    return 0;
}
