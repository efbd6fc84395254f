#include "log_moment.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/capture/labels.h"

struct search {
	const char *mark;
	struct labels labels;
	uint64_t n_snapshots, n_found; /* n_found: the last that has it, 0: none */
	bool has_label;                /* the last snapshot */
	struct strbuf others;          /* "'boot', 'login'" */
	size_t n_others;
};

/* Each once. */
static void keep_other(struct search *s, const char *label)
{
	enum { OTHERS_MAX = 8 };
	struct strbuf quoted CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_putc(&quoted, '\'');
	text_clean(&quoted, label);
	strbuf_putc(&quoted, '\'');
	if (s->n_others > OTHERS_MAX || strstr(strbuf_text(&s->others), strbuf_text(&quoted)))
		return;
	strbuf_puts(&s->others, s->n_others == 0 ? "" : ", ");
	strbuf_puts(&s->others, s->n_others++ == OTHERS_MAX ? "..." : strbuf_text(&quoted));
}

static void look_at_label(struct search *s, const char *label)
{
	s->has_label = label[0] != '\0';
	if (s->has_label && strcmp(label, s->mark) == 0)
		s->n_found = s->n_snapshots;
	else if (s->has_label)
		keep_other(s, label);
}

static int on_event(void *ctx, struct event *event)
{
	struct search *s = ctx;
	char label[EVENT_LABEL_BYTES];

	if (event->kind == EVENT_SNAPSHOT) {
		s->n_snapshots++;
		memcpy(label, event->snapshot.label, sizeof(label));
		labels_snapshot(&s->labels, label);
		look_at_label(s, label);
	} else if (event->kind == EVENT_MARK && labels_mark(&s->labels, &event->mark, label) && s->n_snapshots > 0 &&
		   !s->has_label) {
		look_at_label(s, label);
	}
	return 0;
}

int log_moment_find(const struct log_reader *r, const char *path, const char *when, uint64_t *ret_number,
		    struct diag *diag)
{
	struct search search = { .mark = when, .others = STRBUF_INIT };
	struct log_reader again = { .name = path, .decoder = r->decoder, .on_event = on_event, .ctx = &search };
	bool is_number = when[0] == '#' && number_parse(when + 1, ret_number) == 0 && *ret_number > 0;

	if (is_number)
		return 0;
	again.options.figures = r->options.figures;
	again.options.raw_atb = r->options.raw_atb;
	int error = log_read(&again, diag);
	*ret_number = search.n_found;
	if (error == 0 && search.n_found == 0)
		error = diag_at(
			diag, (struct place){ .file = path }, -EINVAL,
			"'%s' is none of its marks%s%s; #1 is the first dump; times and boards are in recordings,"
			" which memprof convert makes",
			when, search.n_others > 0 ? ": " : "", strbuf_text(&search.others));
	strbuf_deinit(&search.others);
	return error;
}
