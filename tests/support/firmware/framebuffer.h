/* Of OpenMV's frame buffers what boards/ reads. */
#pragma once

#include <stddef.h>

enum { FB_MAINFB_ID, FB_STREAM_ID };

typedef struct {
	size_t raw_size;
	char *raw_base;
} framebuffer_t;
typedef struct {
	char bytes[32];
} framebuffer_header_t;
typedef struct {
	size_t n_bytes;
} image_t;
framebuffer_t *framebuffer_get(size_t id);
char *framebuffer_pool_end(framebuffer_t *fb);
void framebuffer_to_image(framebuffer_t *fb, image_t *img);
size_t image_size(image_t *ptr);
