/* What text and Markdown say of a diff in the same words. */
#pragma once

#include "memprof/viewers/diff_view.h"
#include "shared/number_words.h"

/* "+0.4 %"; nothing if there is no old value */
void diff_words_percent(struct strbuf *out, uint64_t old_value, uint64_t new_value, const struct text_style *style);
/* "FLASH +1204 B (+0.4 %), RAM -16 B": the whole in a line, or in several if it is long; none at its end. write_name:
 * how a name is made safe there. style: as in number_words.h. */
void diff_words_answer(struct strbuf *out, const struct diff *diff, const struct text_style *style,
		       void (*write_name)(struct strbuf *out, const char *name));
/* "Largest free block" */
const char *diff_words_figure(size_t figure);
/* The name, and the old one (nothing if it had the same), raw, as view->names asks for them. */
void diff_words_name(struct strbuf *out, const struct diff_view *view, const struct diff_row *row);
void diff_words_from(struct strbuf *out, const struct diff_view *view, const struct diff_row *row);
/* "dump 4 of 10 "login", 2026-11-23T14:00:30Z" of a moment of a recording; nothing of anything else. write_name: as
 * above. */
void diff_words_moment(struct strbuf *out, const struct diff_input *input,
		       void (*write_name)(struct strbuf *out, const char *name));
/* Whether there is anything to show of a table, or of any, be it that all its rows were left out (diff_cut). */
bool diff_words_has(const struct diff *diff, enum diff_table table);
bool diff_words_any(const struct diff *diff);
/* What is said if not: "No difference". */
const char *diff_words_none(const struct diff *diff);
