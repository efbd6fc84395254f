/* Of OpenMV's frame buffers what boards/ reads. */
#ifndef TESTS_FIRMWARE_FRAMEBUFFER_H
#define TESTS_FIRMWARE_FRAMEBUFFER_H

#include <stddef.h>

typedef struct {
	size_t raw_size;
	char *raw_base;
} framebuffer_t;
framebuffer_t *framebuffer_get(size_t id);
char *framebuffer_pool_end(framebuffer_t *fb);

#endif
