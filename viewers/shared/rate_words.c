#include "shared/number_words.h"

#include <math.h>
#include <stdio.h>

struct rate_unit rate_unit_of(uint64_t span_us)
{
	static const struct rate_unit second = { "a second", 1.0 / 3600 }, minute = { "a minute", 1.0 / 60 },
				      hour = { "an hour", 1 };

	return span_us < UINT64_C(60000000) ? second : span_us < UINT64_C(3600000000) ? minute : hour;
}

struct number_words rate_bytes(double n_bytes, const struct text_style *style)
{
	struct number_words ret;
	double size = fabs(n_bytes);

	if (size >= 1024 && size < 1e18)
		return human_words((uint64_t)(size + 0.5), style);
	snprintf(ret.text, sizeof(ret.text),
		 size < 10   ? "%.2f B" :
		 size < 100  ? "%.1f B" :
		 size < 1024 ? "%.0f B" :
			       "%.1e B",
		 size);
	return ret;
}

void rate_words(struct strbuf *out, double per_hour, uint64_t span_us, const struct text_style *style)
{
	struct rate_unit unit = rate_unit_of(span_us);

	strbuf_printf(out, "%s %s", rate_bytes(per_hour * unit.hours, style).text, unit.name);
}
