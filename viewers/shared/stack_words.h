/* What a path of calls is called in text, JSON and tables. */
#ifndef MEMPROF_STACK_WORDS_H
#define MEMPROF_STACK_WORDS_H

#include "memprof/viewers/image_view.h"

/* "indirect", of each bit of enum stack_why. */
extern const char *const stack_why_names[N_STACK_WHY];
/* "calls through pointers are not followed": the same as part of a sentence. */
extern const char *const stack_why_words[N_STACK_WHY];

/* As --demangle says. */
struct image_slice stack_row_name(const struct image_view *view, const struct stack_row *row);
bool stack_row_wanted(const struct image_view *view, const struct stack_row *row);
/* "main > mp_init > gc_init", from the row that the path begins with. */
void stack_row_path(struct strbuf *out, const struct image_view *view, const struct stack_row *row);
/* The same with frames: "main (56) > mp_init (48) > gc_init (16)". */
void stack_row_frames(struct strbuf *out, const struct image_view *view, const struct stack_row *row);

#endif
