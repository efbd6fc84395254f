/* What the views of an image share. */
#pragma once

#include "memprof/image/image.h"
#include "memprof/viewers/image_view.h"

const char *image_region_name(const struct image *image, uint32_t i_region); /* NULL for IMAGE_NONE */

/* ---- Which rows of an image are shown: --filter and --min ---- */

bool image_wanted(const struct image_view *view, const char *name, uint64_t size_bytes);
/* By its name, its member's, or path(member). */
bool image_wanted_group(const struct image_view *view, const struct image_group *group);
/* By its name, its object's as above, or its source file's. */
bool image_wanted_symbol(const struct image_view *view, const struct image_symbol *symbol);

/* ---- The hash of a frozen module, as text ---- */

/* The hash of a frozen module in hexadecimal digits; NULL: not known. */
enum { IMAGE_SHA256_CHARS = 64 };
const char *image_sha256_text(const struct image_frozen *module, char ret[IMAGE_SHA256_CHARS + 1]);

/* ---- What a path of calls is called in text, JSON and tables ---- */

/* "indirect", of each bit of enum stack_why. */
extern const char *const stack_why_names[N_STACK_WHY];
/* "recursions, which count once": the same as part of a sentence. */
extern const char *const stack_why_words[N_STACK_WHY];

/* As --demangle says. */
struct image_slice stack_row_name(const struct image_view *view, const struct stack_row *row);
bool stack_row_wanted(const struct image_view *view, const struct stack_row *row);
enum { STACK_PATH_MAX = 100 }; /* functions; ".." stands for more */
/* "main > mp_init > gc_init", from the row that the path begins with; "=>" is a jump, after which the frame is gone. */
void stack_row_path(struct strbuf *out, const struct image_view *view, const struct stack_row *row);
/* The same with frames: "main (56) > mp_init (48) > gc_init (16)". style: as in number_words.h. */
void stack_row_frames(struct strbuf *out, const struct image_view *view, const struct stack_row *row,
		      const struct text_style *style);
