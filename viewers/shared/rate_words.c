#include "shared/rate_words.h"

#include <math.h>
#include <string.h>

struct rate_unit rate_unit_of(uint64_t span_us)
{
	static const struct rate_unit second = { "a second", 1.0 / 3600 }, minute = { "a minute", 1.0 / 60 },
				      hour = { "an hour", 1 };

	return span_us < UINT64_C(60000000) ? second : span_us < UINT64_C(3600000000) ? minute : hour;
}

const char *rate_bytes(double n_bytes, char text[NUMBER_HUMAN_BYTES])
{
	struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT;
	double size = fabs(n_bytes);

	if (size >= 1024 && size < 1e18)
		return number_human((uint64_t)(size + 0.5), text);
	strbuf_printf(&s, size < 10 ? "%.2f B" : size < 100 ? "%.1f B" : size < 1024 ? "%.0f B" : "%.1e B", size);
	memcpy(text, strbuf_text(&s), MIN(s.n_bytes + 1, (size_t)NUMBER_HUMAN_BYTES));
	text[NUMBER_HUMAN_BYTES - 1] = '\0';
	return text;
}

void rate_words(struct strbuf *out, double per_hour, uint64_t span_us)
{
	struct rate_unit unit = rate_unit_of(span_us);
	char text[NUMBER_HUMAN_BYTES];

	strbuf_printf(out, "%s %s", rate_bytes(per_hour * unit.hours, text), unit.name);
}
