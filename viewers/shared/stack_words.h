/* What a path of calls is called in text, JSON and tables. */
#ifndef MEMPROF_STACK_WORDS_H
#define MEMPROF_STACK_WORDS_H

#include "memprof/viewers/image_view.h"

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

#endif
