/* An object as Python would write it: cache['ev3'][2].name. */
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { FULL_KEY_BYTES = 1000 }; /* of a text that is compared; longer ones are cut on both sides */

static bool has_text(const struct objects *o, const struct table_key *key, size_t n_max, const char *text, size_t n)
{
	struct strbuf own CLEANUP(strbuf_deinit) = STRBUF_INIT;

	path_key(o, key, n_max, &own);
	return own.n_bytes == n && memcmp(strbuf_text(&own), text, n) == 0;
}

/* The value of a key in a table, given in full or as it is printed, where it is cut; 0: there is none, or several that
 * are printed so. */
static uint64_t value_of(const struct objects *o, uint32_t table, const char *text, size_t n, bool is_attribute)
{
	uint64_t ret = 0;
	size_t n_found = 0;

	for (size_t k = 0; table != OBJECT_NONE && k + 1 < n_words_of(o, table); k += 2) {
		struct table_key key = { object_word(o, table, k), k / 2, is_attribute };
		if (is_empty_key(key.word))
			continue;
		if (has_text(o, &key, FULL_KEY_BYTES, text, n))
			return object_word(o, table, k + 1);
		if (has_text(o, &key, KEY_MAX_BYTES, text, n)) {
			ret = object_word(o, table, k + 1);
			n_found++;
		}
	}
	return n_found == 1 ? ret : 0;
}

static uint32_t at_word(const struct objects *o, uint32_t i, size_t i_word)
{
	return blocks_object(&o->blocks, object_word(o, i, i_word));
}

/* The table of a dict that is an object. */
static uint32_t dict_table(const struct objects *o, uint32_t dict)
{
	return dict == OBJECT_NONE || object_shape(o, dict) != SHAPE_DICT ? OBJECT_NONE : at_word(o, dict, 3);
}

static uint64_t attribute(const struct objects *o, uint32_t i, const char *name, size_t n_name)
{
	uint64_t ret = 0;

	switch (object_shape(o, i)) {
	case SHAPE_INSTANCE:
		return value_of(o, at_word(o, i, 3), name, n_name, true);
	case SHAPE_MODULE:
		return value_of(o, dict_table(o, at_word(o, i, 1)), name, n_name, true);
	case SHAPE_CLASS:
		for (size_t k = 2; k < n_words_of(o, i) && ret == 0; k++)
			ret = value_of(o, dict_table(o, at_word(o, i, k)), name, n_name, true);
		return ret;
	default:
		return 0;
	}
}

static uint64_t item(const struct objects *o, uint32_t i, const char *key, size_t n_key)
{
	enum shape shape = object_shape(o, i);
	uint64_t n = object_word(o, i, shape == SHAPE_LIST ? 2 : 1), k;

	if (shape == SHAPE_DICT)
		return value_of(o, at_word(o, i, 3), key, n_key, false);
	if ((shape != SHAPE_LIST && shape != SHAPE_TUPLE) || number_scan(key, key + n_key, &k) != key + n_key || k >= n)
		return 0;
	if (shape == SHAPE_TUPLE)
		return k < n_words_of(o, i) ? object_word(o, i, (size_t)k + 2) : 0;
	uint32_t items = at_word(o, i, 3);
	return items == OBJECT_NONE || k >= n_words_of(o, items) ? 0 : object_word(o, items, (size_t)k);
}

/* A key in brackets; those in "" are as those in ''. NULL: the bracket does not end. */
static const char *read_key(const char *text, struct strbuf *ret)
{
	char quote = *text == '\'' || *text == '"' ? *text : '\0';
	const char *end = quote ? strchr(text + 1, quote) : strchr(text, ']');

	if (!end || (quote && end[1] != ']'))
		return NULL;
	if (quote)
		strbuf_printf(ret, "'%.*s'", (int)MIN(end - text - 1, FULL_KEY_BYTES), text + 1);
	else
		strbuf_printf(ret, "%.*s", (int)MIN(end - text, FULL_KEY_BYTES), text);
	return quote ? end + 2 : end + 1;
}

static uint32_t resolve(const struct objects *o, const char *text)
{
	size_t n = strcspn(text, ".[");
	uint64_t word = value_of(o, table_of(o, o->ids.id_globals), text, n, true);

	if (word == 0)
		word = value_of(o, table_of(o, o->ids.id_modules), text, n, true);
	text += n;
	while (word && *text) {
		uint32_t i = blocks_object(&o->blocks, word);
		struct strbuf key CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (i == OBJECT_NONE)
			return OBJECT_NONE;
		if (*text == '.') {
			n = strcspn(++text, ".[");
			word = attribute(o, i, text, n);
			text += n;
		} else {
			text = read_key(text + 1, &key);
			word = text ? item(o, i, strbuf_text(&key), key.n_bytes) : 0;
		}
	}
	return word ? blocks_object(&o->blocks, word) : OBJECT_NONE;
}

/* Whether a way by names from `above` leads to i. */
static bool is_below(const struct objects *o, uint32_t above, uint32_t i)
{
	for (int n = 0; n < PARTS_MAX && i != OBJECT_NONE; n++, i = o->nodes[i].parent)
		if (i == above)
			return true;
	return false;
}

/* What Python has no word for, such as f.<closed 0>, is found as it is printed. Its parts, and what is in a cell, are
 * printed as it is: the first one of a way is meant. */
static uint32_t printed_as(const struct objects *o, const char *text)
{
	uint32_t ret = OBJECT_NONE;

	for (uint32_t i = 0; i < o->blocks.n_extents; i++) {
		struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
		objects_path(o, i, &path);
		if (strcmp(strbuf_text(&path), text) != 0)
			continue;
		if (ret == OBJECT_NONE || is_below(o, i, ret))
			ret = i;
		else if (!is_below(o, ret, i) && whole_of(o, ret) != whole_of(o, i))
			return OBJECT_NONE;
	}
	return ret;
}

uint32_t objects_find(const struct objects *o, const char *text)
{
	uint64_t address;

	if (number_parse(text, &address) == 0)
		return objects_at(o, address);
	uint32_t i = resolve(o, text);
	return i == OBJECT_NONE && *text ? printed_as(o, text) : i;
}
