#include <stdio.h>

#include "shared/image_words.h"

const char *image_sha256_text(const struct image_frozen *module, char ret[IMAGE_SHA256_CHARS + 1])
{
	for (size_t i = 0; i < sizeof(module->sha256); i++)
		snprintf(ret + 2 * i, 3, "%02x", module->sha256[i]);
	return module->hashed ? ret : NULL;
}
