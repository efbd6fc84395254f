/* What memprof serve takes from others: a request's method, path, Host and Accept, each ended by a newline; and after
 * the fourth, the bytes that a child sends, in chunks. What is read of those is written as metrics. */
#include "fuzz.h"
#include "memprof/analysis/board_metrics.h"
#include "memprof/base/number.h"
#include "memprof/http/rules.h"
#include "memprof/viewers/board_metrics_view.h"
#include "memprof/viewers/openmetrics.h"

enum { FIELDS = 4, FIELD_BYTES = 256 };

static size_t next_field(const uint8_t *data, size_t size, char ret[FIELD_BYTES])
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t n = end ? (size_t)(end - data) : size, n_kept = MIN(n, (size_t)FIELD_BYTES - 1);

	memcpy(ret, data, n_kept);
	ret[n_kept] = '\0';
	return end ? n + 1 : n;
}

static void judge(char fields[FIELDS][FIELD_BYTES])
{
	static const char *const paths[] = { "/", "/metrics", NULL };
	const char *const names[] = { "board.local" };
	const struct http_asked asked = { fields[0], fields[1], fields[2], fields[3], .authorization = fields[3] };
	const struct http_rules all = { .paths = paths }, here = { .paths = paths, .only_loopback = true },
				named = { .paths = paths, .hosts = names, .n_hosts = 1 },
				secret = { .paths = paths, .token = "t", .open_path = "/" };
	enum http_status any = http_judge(&asked, &all), only_loopback = http_judge(&asked, &here),
			 only_named = http_judge(&asked, &named), only_known = http_judge(&asked, &secret);

	MUST(any == HTTP_OK || any == HTTP_NOT_FOUND || any == HTTP_METHOD_NOT_ALLOWED);
	MUST(only_loopback == any || only_loopback == HTTP_MISDIRECTED);
	MUST(only_named == any || only_named == HTTP_MISDIRECTED);
	MUST(only_known == any || only_known == HTTP_UNAUTHORIZED);
	MUST(any != HTTP_OK || fields[1][0] == '/');
	int exact = http_quality(fields[3], "text/plain", "0.0.4", true);
	MUST(exact >= 0 && exact <= 1000);
	int quality = http_quality(fields[3], "text/plain", "0.0.4", false);
	MUST(quality >= 0 && quality <= 1000);
	MUST(!http_wants_openmetrics(fields[3]) || strlen(fields[3]) >= strlen("application/openmetrics-text"));
}

/* Lines of text, each with one label set that is closed, and nothing that acts on a terminal. */
static void see_text(const struct strbuf *out)
{
	size_t n_quotes = 0;

	for (size_t i = 0; i < out->n_bytes; i++) {
		unsigned char c = (unsigned char)out->text[i];
		MUST(c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f));
		if (c == '\\')
			MUST(strchr("\\\"n", out->text[++i]));
		else if (c == '"')
			n_quotes++;
		else if (c == '\n')
			MUST(n_quotes % 2 == 0);
	}
}

static void write_metrics(const char *name, const struct board_metrics *m)
{
	const struct openmetrics_point points[] = { { name, m, NOT_KNOWN }, { "another", m, 12345678 } };
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	openmetrics_write(&out, points, 2, OPENMETRICS_1_0);
	see_text(&out);
	MUST(strcmp(out.text + out.n_bytes - 6, "# EOF\n") == 0);
	strbuf_reset(&out);
	openmetrics_write(&out, points, 2, OPENMETRICS_0_0_4);
	see_text(&out);
	strbuf_reset(&out);
	json_board_metrics(&out, name, m, 1, 1);
	MUST(!strbuf_error(&out) && memchr(out.text, '\n', out.n_bytes) == out.text + out.n_bytes - 1);
}

static void read_messages(const char *name, const uint8_t *data, size_t size)
{
	struct board_metrics_reader reader = { .n_bytes = 0 };
	struct board_metrics m = { .n_pools = 0 };
	uint8_t packed[BOARD_METRICS_BYTES];
	const uint8_t *end = data + size;
	int r;

	while ((r = board_metrics_read(&reader, &data, end, &m)) == 1) {
		MUST(m.n_pools <= HEAP_POOLS_MAX && m.link < N_BOARD_LINKS);
		write_metrics(name, &m);
		board_metrics_pack(&m, packed);
		MUST(board_metrics_unpack(packed, &m) == 0);
	}
	MUST(r == 0 ? data == end : reader.broken);
}

FUZZ(data, size)
{
	char fields[FIELDS][FIELD_BYTES];

	for (size_t i = 0; i < FIELDS; i++) {
		size_t n = next_field(data, size, fields[i]);
		data += n;
		size -= n;
	}
	judge(fields);
	read_messages(fields[1], data, size);
}
