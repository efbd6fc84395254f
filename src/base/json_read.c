#include "memprof/base/json_read.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "json_scan.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"

struct json_document {
	const char *name;
	cJSON *tree;
	struct json_values scanned;
};

/* ---- the document ---- */

/* cJSON's items and the scanner's values have the same order. */
static void link_items(struct json_document *document, const cJSON *item, size_t *i)
{
	assert(*i < document->scanned.n_values);
	document->scanned.values[*i].document = document;
	document->scanned.values[(*i)++].item = item;
	for (const cJSON *child = item->child; child; child = child->next)
		link_items(document, child, i);
}

static int by_name(const void *a, const void *b)
{
	const struct json_value *x = *(const struct json_value *const *)a;
	const struct json_value *y = *(const struct json_value *const *)b;
	int order = strcmp(x->item->string, y->item->string);

	return order ? order : x < y ? -1 : x > y;
}

/* Run after cJSON, as "\u0061" and "a" are the same name. Reports the first duplicate in the text. */
static int check_names(const struct json_value *object, const struct json_value **room, struct diag *diag)
{
	const struct json_value *again = NULL, *before = NULL;
	size_t n = 0;

	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v))
		room[n++] = v;
	qsort(room, n, sizeof(*room), by_name);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(room[i - 1]->item->string, room[i]->item->string) == 0 && (!again || room[i] < again)) {
			before = room[i - 1];
			again = room[i];
		}
	}
	if (!again)
		return 0;
	return diag_at(diag, json_value_name_place(again), -EINVAL,
		       "duplicate '%.40s' in this object; the first is in line %" PRIu32 ", keep one of them",
		       again->item->string, before->name_line);
}

static int check_all_names(const struct json_document *document, struct diag *diag)
{
	const struct json_values *all = &document->scanned;
	size_t n_most = 1;
	int r = 0;

	for (size_t i = 0; i < all->n_values; i++)
		n_most = MAX(n_most, (size_t)all->values[i].n_items);
	const struct json_value **room = malloc(n_most * sizeof(*room));
	if (!room)
		return diag_set(diag, -ENOMEM, "out of memory");
	for (size_t i = 0; i < all->n_values && r == 0; i++)
		if (all->values[i].kind == JSON_OBJECT && all->values[i].n_items > 1)
			r = check_names(&all->values[i], room, diag);
	free(room);
	return r;
}

static int read_into(struct json_document *document, const char *text, size_t n_bytes, size_t n_max, struct diag *diag)
{
	size_t i = 0;
	int r = json_scan(text, n_bytes, n_max, document->name, &document->scanned, diag);

	if (r < 0)
		return r;
	document->tree = cJSON_ParseWithLength(text, n_bytes);
	if (!document->tree) /* the text is valid, so only memory can be the reason */
		return diag_set(diag, -ENOMEM, "out of memory");
	link_items(document, document->tree, &i);
	assert(i == document->scanned.n_values);
	return check_all_names(document, diag);
}

int json_document_read_large(const char *text, size_t n_bytes, size_t n_max, const char *name,
			     struct json_document **ret, struct diag *diag)
{
	struct json_document *document = calloc(1, sizeof(*document));
	int r;

	if (!document)
		return diag_set(diag, -ENOMEM, "out of memory");
	document->name = name;
	r = read_into(document, text, n_bytes, n_max, diag);
	if (r < 0)
		json_document_free(document);
	else
		*ret = document;
	return r;
}

int json_document_read(const char *text, size_t n_bytes, const char *name, struct json_document **ret,
		       struct diag *diag)
{
	return json_document_read_large(text, n_bytes, JSON_READ_MAX_BYTES, name, ret, diag);
}

void json_document_free(struct json_document *document)
{
	if (!document)
		return;
	cJSON_Delete(document->tree);
	free(document->scanned.values);
	free(document);
}

const struct json_value *json_document_root(const struct json_document *document)
{
	return &document->scanned.values[0];
}

/* ---- values ---- */

const char *json_kind_says(enum json_kind kind)
{
	static const char *const words[] = {
		[JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
	};
	return words[kind];
}

enum json_kind json_value_kind(const struct json_value *value) { return value->kind; }
const char *json_value_name(const struct json_value *value) { return value->item->string; }
size_t json_value_count(const struct json_value *value) { return value->n_items; }

struct place json_value_place(const struct json_value *value)
{
	return (struct place){ value->document->name, value->line, value->col };
}

struct place json_value_name_place(const struct json_value *value)
{
	if (!value->name_line)
		return json_value_place(value);
	return (struct place){ value->document->name, value->name_line, value->name_col };
}

void json_value_bytes(const struct json_value *value, size_t *ret_from, size_t *ret_to)
{
	*ret_from = value->from_byte;
	*ret_to = value->to_byte;
}

const struct json_value *json_value_first(const struct json_value *value) { return value->n_items ? value + 1 : NULL; }

const struct json_value *json_value_next(const struct json_value *value)
{
	return value->has_next ? &value->document->scanned.values[value->i_after] : NULL;
}

const struct json_value *json_value_member(const struct json_value *object, const char *name)
{
	if (object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v))
		if (strcmp(v->item->string, name) == 0)
			return v;
	return NULL;
}

/* ---- requirements ---- */

/* The name of a value for messages. */
static const char *subject(const struct json_value *value, char ret[48])
{
	if (!value->item->string)
		return "this";
	snprintf(ret, 48, "'%.40s'", value->item->string);
	return ret;
}

int json_value_expect(const struct json_value *value, enum json_kind kind, struct diag *diag)
{
	char name[48];

	if (value->kind == kind)
		return 0;
	return diag_at(diag, json_value_place(value), -EINVAL, "%s must be %s, found %s", subject(value, name),
		       json_kind_says(kind), json_kind_says(value->kind));
}

int json_value_expect_members(const struct json_value *object, const char *const allowed[], struct diag *diag)
{
	struct strbuf known CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = json_value_expect(object, JSON_OBJECT, diag);

	if (r < 0)
		return r;
	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v)) {
		size_t i = 0;
		while (allowed[i] && strcmp(allowed[i], v->item->string) != 0)
			i++;
		if (allowed[i])
			continue;
		for (i = 0; allowed[i]; i++)
			strbuf_printf(&known, "%s%s", i ? ", " : "", allowed[i]);
		return diag_at(diag, json_value_name_place(v), -EINVAL, "unknown member '%.40s'; expected one of: %s",
			       v->item->string, strbuf_text(&known));
	}
	return 0;
}

int json_value_require(const struct json_value *object, const char *name, const struct json_value **ret,
		       struct diag *diag)
{
	const struct json_value *member;
	int r = json_value_expect(object, JSON_OBJECT, diag);

	if (r < 0)
		return r;
	member = json_value_member(object, name);
	if (!member)
		return diag_at(diag, json_value_place(object), -EINVAL, "this object has no '%s'; add it", name);
	*ret = member;
	return 0;
}

int json_value_bool(const struct json_value *value, bool *ret, struct diag *diag)
{
	int r = json_value_expect(value, JSON_BOOL, diag);

	if (r == 0)
		*ret = cJSON_IsTrue(value->item);
	return r;
}

int json_value_text(const struct json_value *value, const char **ret, struct diag *diag)
{
	int r = json_value_expect(value, JSON_STRING, diag);

	if (r == 0)
		*ret = value->item->valuestring;
	return r;
}

int json_value_u64(const struct json_value *value, uint64_t *ret, struct diag *diag)
{
	char name[48];
	int r = json_value_expect(value, JSON_NUMBER, diag);

	if (r < 0)
		return r;
	if (value->whole == NOT_KNOWN)
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "%s must be a whole number from 0 to %" PRIu64 ", digits only; found %g",
			       subject(value, name), NOT_KNOWN - 1, value->item->valuedouble);
	*ret = value->whole;
	return 0;
}

int json_value_double(const struct json_value *value, double *ret, struct diag *diag)
{
	char name[48];
	int r = json_value_expect(value, JSON_NUMBER, diag);

	if (r < 0)
		return r;
	if (!isfinite(value->item->valuedouble))
		return diag_at(diag, json_value_place(value), -EINVAL, "%s is too large; the maximum is about 1.8e308",
			       subject(value, name));
	*ret = value->item->valuedouble;
	return 0;
}

/* ---- members ---- */

int json_member_bool(const struct json_value *object, const char *name, bool *ret, struct diag *diag)
{
	const struct json_value *value = NULL;
	int r = json_value_require(object, name, &value, diag);

	return r < 0 ? r : json_value_bool(value, ret, diag);
}

int json_member_text(const struct json_value *object, const char *name, const char **ret, struct diag *diag)
{
	const struct json_value *value = NULL;
	int r = json_value_require(object, name, &value, diag);

	return r < 0 ? r : json_value_text(value, ret, diag);
}

int json_member_u64(const struct json_value *object, const char *name, uint64_t *ret, struct diag *diag)
{
	const struct json_value *value = NULL;
	int r = json_value_require(object, name, &value, diag);

	if (r < 0 || json_value_kind(value) != JSON_NULL)
		return r < 0 ? r : json_value_u64(value, ret, diag);
	*ret = NOT_KNOWN;
	return 0;
}

int json_member_i64(const struct json_value *object, const char *name, int64_t *ret, struct diag *diag)
{
	const struct json_value *value = NULL;
	double number = 0;
	int r = json_value_require(object, name, &value, diag);

	if (r == 0)
		r = json_value_double(value, &number, diag);
	if (r < 0)
		return r;
	if (!(number > -1e15 && number < 1e15) || (double)(int64_t)number != number)
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "%s must be a whole number between -10^15 and 10^15; found %g", name, number);
	*ret = (int64_t)number;
	return 0;
}

const char *json_library(char ret[32])
{
	snprintf(ret, 32, "cJSON %s", cJSON_Version());
	return ret;
}
