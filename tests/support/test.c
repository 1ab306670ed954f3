/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/base/sha256.h"

const char *nev_test_shared(const char *name)
{
    static char path[1024];
    const char *folder = getenv("NEVUS_SHARED");

    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "../shared", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *nev_test_checkpoint(const char *name)
{
    static const struct {
        const char *name, *sha256;
    } known[] = {
        {"weights/resnet18.pth", "95f7d9b3d5ece9230ddc51fa19fddb6ad230bfdb5b1dd0a0076d3de57df41847"},
        {"weights/resnet18.onnx", "35760e0598a78a33283501ba5b6a4d28ceb03d877d58cf59cbbb36b8fe564737"},
        {"weights/mobilenetv2_tf.safetensors",
         "66e5d8012e4e1737cf5a52249bbe983cdad2182fad4380f3b84694a6d3f33ccf"},
    };
    const char *path = nev_test_shared(name);
    uint8_t digest[NEV_SHA256_BYTES], *data;
    char hex[NEV_SHA256_HEX_BYTES];
    size_t bytes, i;

    if (path == NULL) {
        return NULL;
    }
    data = nev_test_read(path, &bytes);
    nev_sha256_of(data, bytes, digest);
    nev_sha256_hex(digest, hex);
    free(data);
    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0 && strcmp(known[i].sha256, hex) == 0) {
            return path;
        }
    }
    printf("# %s is there but is not the file these tests know: SHA-256 %s\n", name, hex);
    return NULL;
}

uint8_t *nev_test_read(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;
    long end;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
        fail_msg("cannot read %s", path);
        return NULL;
    }
    *bytes = (size_t)end;
    data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, f), *bytes);
    fclose(f);
    return data;
}

uint32_t nev_test_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9E3779B97F4A7C15u); /* SplitMix64 (Steele, Lea, Flood 2014) */

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(x >> 32);
}
