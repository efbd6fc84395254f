/* What clients get. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/viewers/board_metrics_view.h"
#include "memprof/viewers/openmetrics.h"
#include "private.h"

static void answer_page(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
			struct http_answer *ret)
{
	(void)b;
	(void)asked;
	(void)at_ms;
	ret->content_type = "text/html; charset=utf-8";
	html_live(&ret->body);
}

static void answer_metrics(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
			   struct http_answer *ret)
{
	enum openmetrics_format format = http_wants_openmetrics(asked->accept) ? OPENMETRICS_1_0 : OPENMETRICS_0_0_4;
	struct openmetrics_point *points = calloc(b->n_boards, sizeof(*points));

	(void)at_ms;
	if (!points) {
		ret->body.error = -1;
		return;
	}
	for (size_t i = 0; i < b->n_boards; i++)
		points[i] = (struct openmetrics_point){ b->boards[i].name, &b->boards[i].metrics, NOT_KNOWN };
	ret->content_type = openmetrics_content_types[format];
	openmetrics_write(&ret->body, points, b->n_boards, format);
	free(points);
}

/* First what is known already: whoever comes late sees all boards at once. */
static void answer_events(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
			  struct http_answer *ret)
{
	(void)asked;
	ret->content_type = "text/event-stream";
	ret->is_stream = true;
	strbuf_puts(&ret->body, "retry: 2000\n\n");
	for (size_t i = 0; i < b->n_boards; i++)
		serve_event(&ret->body, &b->boards[i], at_ms);
}

static void answer_health(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
			  struct http_answer *ret)
{
	(void)b;
	(void)asked;
	(void)at_ms;
	strbuf_puts(&ret->body, "ok\n");
}

const char *const serve_paths[] = { "/", "/metrics", "/events", "/healthz", NULL };
static void (*const answers[])(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
			       struct http_answer *ret) = { answer_page, answer_metrics, answer_events, answer_health };
_Static_assert(ARRAY_SIZE(answers) + 1 == ARRAY_SIZE(serve_paths), "an answer for each path");

void serve_answer(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms, struct http_answer *ret)
{
	for (size_t i = 0; serve_paths[i]; i++)
		if (strcmp(asked->path, serve_paths[i]) == 0)
			answers[i](b, asked, at_ms, ret);
}

void serve_event(struct strbuf *out, const struct serve_board *board, uint64_t at_ms)
{
	strbuf_puts(out, "event: board\ndata: ");
	json_board_metrics(out, board->name, &board->metrics, at_ms, clock_wall_us());
	strbuf_puts(out, "\n"); /* and one of the document itself */
}
