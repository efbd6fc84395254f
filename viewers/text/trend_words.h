/* What is said of a pool over time. */
#pragma once

#include "memprof/viewers/trend_view.h"

/* What it means, and what to do next. */
void trend_say_pool(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		    const struct trend_pool_result *pool, const struct text_style *style);
/* Of one that leaks, or may: how, how fast, and until when. */
void trend_say_leak(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		    const struct text_style *style);
/* New objects that remain: how many, and where some of them are; or nothing. */
void trend_say_stays(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style);
