/* memprof.trend/1: see docs/schema/memprof.trend-1.schema.json. */
#include <math.h>

#include "memprof/viewers/trend_view.h"

/* No more digits than the figures have; and no "-0.000". */
static void slope(struct json *j, const char *key, double value, enum trend_field field)
{
	int decimals = field == TREND_FRAGMENTATION ? 8 : 3;

	json_double(j, key, fabs(value) < pow(10, -decimals) / 2 ? 0 : value, decimals);
}

static void figure(struct json *j, const char *key, uint64_t value, enum trend_field field)
{
	if (field == TREND_FRAGMENTATION)
		json_double(j, key, (double)value / TREND_FRAGMENTATION_ONE, 4);
	else
		json_u64(j, key, value);
}

static void series(struct json *j, const char *pool, enum trend_field field, const struct trend_series *s)
{
	json_object(j, NULL);
	json_text(j, "pool", pool);
	json_text(j, "field", trend_field_name(field));
	json_u64(j, "samples", s->n_known);
	figure(j, "first", s->first, field);
	figure(j, "last", s->last, field);
	figure(j, "min", s->min, field);
	figure(j, "max", s->max, field);
	slope(j, "slope_per_sample", s->slope.per_sample, field);
	slope(j, "slope_per_hour", s->slope.per_hour, field);
	slope(j, "slope_low", s->slope.low, field);
	slope(j, "slope_high", s->slope.high, field);
	json_u64(j, "minima", s->n_minima);
	json_text(j, "verdict", trend_verdict_name(s->verdict));
	json_object_end(j);
}

static void ending(struct json *j, const struct trend_pool_result *pool)
{
	json_u64(j, "exhausted_in_ms", pool->exhausted_in_us == NOT_KNOWN ? NOT_KNOWN : pool->exhausted_in_us / 1000);
	json_double(j, "exhausted_in_samples", pool->exhausted_in_samples, 1);
}

static void stays(struct json *j, const struct survival_result *survival)
{
	for (size_t i = 0; json_rows(j, "stays", i, survival->n_stays); i++) {
		const struct survival_stay *stay = &survival->stays[i];
		const char kind[] = { (char)stay->kind, '\0' };
		json_text(j, "kind", kind);
		json_u64(j, "bytes", stay->bytes);
		json_u64(j, "objects", stay->n_objects);
		json_double(j, "objects_per_collection", stay->objects_per_collection, 2);
		json_array(j, "addresses");
		for (size_t k = 0; k < stay->n_addresses; k++)
			json_address(j, NULL, stay->addresses[k]);
		json_array_end(j);
	}
}

static void leak(struct json *j, const struct trend_pool_result *pool, const char *held_by)
{
	const struct trend_series *s = &pool->series[trend_judged_field(pool)];

	if (!json_object_if(j, "leak", pool->leaks))
		return;
	json_text(j, "pool", pool->name);
	slope(j, "bytes_per_collection", pool->bytes_per_collection, TREND_USED);
	slope(j, "bytes_per_sample", pool->leak.per_sample, TREND_USED);
	slope(j, "bytes_per_hour", pool->leak.per_hour, TREND_USED);
	slope(j, "bytes_per_sample_low", pool->leak.low, TREND_USED);
	slope(j, "bytes_per_sample_high", pool->leak.high, TREND_USED);
	if (!pool->by_objects && pool->dry.n_dry == 0)
		json_u64(j, "minima", s->n_minima);
	ending(j, pool);
	json_text(j, "held_by", held_by);
	stays(j, &pool->survival);
	json_object_end(j);
}

static void fragmenting(struct json *j, const struct trend_pool_result *pool)
{
	const struct trend_slope *s = &pool->series[TREND_LARGEST_FREE].floor;

	if (!json_row_if(j, "fragmenting", pool->fragments))
		return;
	json_text(j, "pool", pool->name);
	slope(j, "bytes_per_sample", -s->per_sample, TREND_USED);
	slope(j, "bytes_per_hour", -s->per_hour, TREND_USED);
	json_object_end(j);
}

void json_trend(struct json *j, const struct trend_result *trend)
{
	static const struct trend_pool_result none = { .exhausted_in_us = NOT_KNOWN };
	const struct trend_pool_result *worst = trend_worst(trend);

	json_u64(j, "samples", trend->n_samples);
	json_u64(j, "span_ms", trend->span_us == NOT_KNOWN ? NOT_KNOWN : trend->span_us / 1000);
	json_text(j, "verdict", leak_verdict_name(worst ? worst->verdict : LEAK_UNKNOWN));
	json_u64(j, "collections", worst ? worst->n_collections : 0);
	json_array(j, "series");
	for (size_t i = 0; i < trend->n_pools; i++)
		for (int field = 0; field < N_TREND_FIELDS; field++)
			if (trend->pools[i].series[field].n_known > 0)
				series(j, trend->pools[i].name, (enum trend_field)field,
				       &trend->pools[i].series[field]);
	json_array_end(j);
	leak(j, worst ? worst : &none, trend->held_by);
	fragmenting(j, worst ? worst : &none);
}

void json_boot(struct json *j, const struct boot_info *boot)
{
	const struct boot_failure *f = &boot->failed;

	json_u64(j, "boots", boot->n_boots);
	json_u64(j, "boot", boot->n_boot);
	if (!json_row_if(j, "failed", f->set))
		return;
	json_u64(j, "line", f->line);
	json_u64(j, "after_ms", f->after_us == NOT_KNOWN ? NOT_KNOWN : f->after_us / 1000);
	json_u64(j, "asked", f->asked_bytes);
	json_u64(j, "largest_free", f->before.lfb_bytes);
	json_u64(j, "free", f->before.free_bytes);
	json_object_end(j);
}

void json_verdict(struct json *j, const char *key, const struct verdict *v)
{
	json_object(j, key);
	json_text(j, "state", verdict_state_name(v->state));
	json_u64(j, "severity", v->severity);
	json_text(j, "pool", v->pool[0] ? v->pool : NULL);
	json_text(j, "holder", v->holder);
	json_text(j, "line", v->line[0] ? v->line : NULL);
	slope(j, "bytes_per_collection", v->bytes_per_collection, TREND_USED);
	slope(j, "bytes_per_hour", v->bytes_per_hour, TREND_USED);
	if (json_array_if(j, "ends_in_ms", v->ends_least_us != NOT_KNOWN)) {
		json_u64(j, NULL, v->ends_least_us / 1000);
		json_u64(j, NULL, v->ends_most_us / 1000);
		json_array_end(j);
	}
	json_row(j, "evidence");
	json_u64(j, "collections", v->n_collections);
	json_u64(j, "of", v->n_needed);
	json_u64(j, "boots", v->n_boots);
	json_null(j, "allocated");
	json_u64(j, "first_floor", v->first_floor_bytes);
	json_u64(j, "last_floor", v->last_floor_bytes);
	json_object_end(j);
	json_object_end(j);
}
