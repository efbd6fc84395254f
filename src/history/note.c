#include "memprof/history/note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/names.h"

const char note_elsewhere[] = "*elsewhere*";
static const char schema[] = "memprof.history/1";

const enum figure_subject note_subjects[] = { SUBJECT_REGION,  SUBJECT_SECTION, SUBJECT_COMPONENT,
					      SUBJECT_ARCHIVE, SUBJECT_FROZEN,  SUBJECT_FOLDER };
const size_t note_n_subjects = ARRAY_SIZE(note_subjects);

static void build_deinit(struct note_build *build) { vec_deinit(build, figures); }

void note_deinit(struct note *note)
{
	for (size_t i = 0; i < note->n_builds; i++)
		build_deinit(&note->builds[i]);
	vec_deinit(note, builds);
	arena_deinit(&note->arena);
}

const struct note_build *note_find(const struct note *note, const char *name)
{
	for (size_t i = 0; i < note->n_builds; i++)
		if (strcmp(note->builds[i].name, name) == 0)
			return &note->builds[i];
	return NULL;
}

void note_keep(struct note *note, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < note->n_builds; i++)
		if (strcmp(note->builds[i].name, name) == 0)
			note->builds[n++] = note->builds[i];
		else
			vec_deinit(&note->builds[i], figures);
	note->n_builds = n;
}

static bool name_fits(const char *name) { return *name && strlen(name) <= NOTE_NAME_MAX_BYTES; }

/* ---- read ---- */

static int read_text(struct note *note, const struct json_value *object, const char *key, const char **ret,
		     struct diag *diag)
{
	const struct json_value *value;
	const char *text;
	int r = json_value_require(object, key, &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	if (!name_fits(text))
		return diag_at(diag, json_value_place(value), -EINVAL, "'%s' takes 1 to %d bytes", key,
			       NOTE_NAME_MAX_BYTES);
	*ret = arena_text(&note->arena, text, strlen(text));
	return arena_error(&note->arena);
}

static int read_amount(const struct json_value *value, uint64_t *ret, struct diag *diag)
{
	uint64_t amount;
	int r = json_value_u64(value, &amount, diag);

	if (r == 0 && amount > NOTE_AMOUNT_MAX)
		r = diag_at(diag, json_value_place(value), -EINVAL, "a size is below 2^53 bytes");
	if (r == 0)
		*ret = amount;
	return r;
}

static bool is_there(const struct json_value *value) { return value && json_value_kind(value) != JSON_NULL; }

static int read_free(const struct json_value *value, int64_t *ret, struct diag *diag)
{
	double amount;
	int r = is_there(value) ? json_value_double(value, &amount, diag) : 1;

	if (r != 0)
		return MIN(r, 0);
	if (amount > (double)NOTE_AMOUNT_MAX || amount < -(double)NOTE_AMOUNT_MAX)
		return diag_at(diag, json_value_place(value), -EINVAL, "a size is below 2^53 bytes");
	if (amount != (double)(int64_t)amount)
		return diag_at(diag, json_value_place(value), -EINVAL, "a size is a whole number of bytes");
	*ret = (int64_t)amount;
	return 0;
}

/* False: one of a later memprof. */
static bool find_subject(const char *name, enum figure_subject *ret)
{
	for (size_t i = 0; i < note_n_subjects; i++)
		if (strcmp(figure_subject_name(note_subjects[i]), name) == 0) {
			*ret = note_subjects[i];
			return true;
		}
	return false;
}

static int read_figure(struct note *note, struct note_build *build, const struct json_value *from, struct diag *diag)
{
	struct note_figure figure = { .free_bytes = NOTE_NO_FREE };
	const struct json_value *value;
	const char *subject;
	int r = json_value_require(from, "subject", &value, diag);

	if (r == 0)
		r = json_value_text(value, &subject, diag);
	if (r < 0 || !find_subject(subject, &figure.subject))
		return r;
	bool is_region = figure.subject == SUBJECT_REGION;
	r = read_text(note, from, "name", &figure.name, diag);
	if (r == 0)
		r = json_value_require(from, is_region ? "used" : "bytes", &value, diag);
	if (r == 0)
		r = read_amount(value, &figure.size_bytes, diag);
	if (r == 0 && is_region)
		r = read_free(json_value_member(from, "free"), &figure.free_bytes, diag);
	return r < 0 ? r : vec_push(build, figures, figure);
}

static int read_figures(struct note *note, struct note_build *build, const struct json_value *list, struct diag *diag)
{
	int r = json_value_expect(list, JSON_ARRAY, diag);

	if (r == 0 && json_value_count(list) > NOTE_FIGURES_MAX)
		r = diag_at(diag, json_value_place(list), -EINVAL, "a build has at most %d figures", NOTE_FIGURES_MAX);
	for (const struct json_value *v = r == 0 ? json_value_first(list) : NULL; v && r == 0; v = json_value_next(v))
		r = read_figure(note, build, v, diag);
	return r;
}

/* Those of a later memprof are passed over. Older notes have no such list. */
static int read_subjects(const struct json_value *list, unsigned *ret, struct diag *diag)
{
	int r = is_there(list) ? json_value_expect(list, JSON_ARRAY, diag) : 0;

	for (const struct json_value *v = is_there(list) && r == 0 ? json_value_first(list) : NULL; v && r == 0;
	     v = json_value_next(v)) {
		enum figure_subject subject;
		const char *text;
		r = json_value_text(v, &text, diag);
		if (r == 0 && find_subject(text, &subject))
			*ret |= SUBJECT_BIT(subject);
	}
	return r;
}

static int read_build(struct note *note, const struct json_value *from, struct diag *diag)
{
	struct note_build build = { .image_bytes = NOT_KNOWN };
	const struct json_value *value, *image = json_value_member(from, "image_bytes");
	int r = read_text(note, from, "name", &build.name, diag);

	json_value_bytes(from, &build.from_byte, &build.to_byte);
	if (r == 0 && note_find(note, build.name))
		r = diag_at(diag, json_value_place(from), -EINVAL, "two builds have one name");
	if (r == 0)
		r = read_text(note, from, "format", &build.format, diag);
	if (r == 0 && is_there(image))
		r = read_amount(image, &build.image_bytes, diag);
	if (r == 0)
		r = read_subjects(json_value_member(from, "subjects"), &build.subjects, diag);
	if (r == 0)
		r = json_value_require(from, "figures", &value, diag);
	if (r == 0)
		r = read_figures(note, &build, value, diag);
	if (r == 0)
		r = vec_push(note, builds, build);
	if (r < 0)
		build_deinit(&build);
	return r;
}

static int read_builds(struct note *note, const struct json_value *root, struct diag *diag)
{
	const struct json_value *value;
	const char *text;
	size_t from_byte;
	int r = json_value_require(root, "schema", &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r == 0 && strcmp(text, schema) != 0)
		r = diag_at(diag, json_value_place(value), -EINVAL, "this is no note of memprof: its schema is not %s",
			    schema);
	if (r == 0)
		r = json_value_require(root, "builds", &value, diag);
	if (r == 0)
		r = json_value_expect(value, JSON_ARRAY, diag);
	if (r == 0)
		json_value_bytes(value, &from_byte, &note->end_byte);
	if (r == 0 && json_value_count(value) > NOTE_BUILDS_MAX)
		r = diag_at(diag, json_value_place(value), -EINVAL, "a note has at most %d builds", NOTE_BUILDS_MAX);
	for (const struct json_value *v = r == 0 ? json_value_first(value) : NULL; v && r == 0; v = json_value_next(v))
		r = read_build(note, v, diag);
	note->end_byte -= r == 0; /* not behind the bracket */
	return r;
}

int note_read(struct note *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag)
{
	struct json_document *document;

	*ret = (struct note){ .n_builds = 0 };
	int r = json_document_read(text, n_bytes, name, &document, diag);
	if (r < 0)
		return r;
	r = read_builds(ret, json_document_root(document), diag);
	json_document_free(document);
	if (r < 0)
		note_deinit(ret);
	return r;
}

/* ---- write ---- */

static void write_figure(struct json *j, const struct note_figure *figure)
{
	json_row(j, NULL);
	json_text(j, "subject", figure_subject_name(figure->subject));
	json_text(j, "name", figure->name);
	json_u64(j, figure->subject == SUBJECT_REGION ? "used" : "bytes", figure->size_bytes);
	if (figure->free_bytes != NOTE_NO_FREE)
		json_i64(j, "free", figure->free_bytes);
	json_object_end(j);
}

static void write_build(struct json *j, const struct note_build *build)
{
	json_object(j, NULL);
	json_text(j, "name", build->name);
	json_text(j, "format", build->format);
	json_u64(j, "image_bytes", build->image_bytes);
	json_array(j, "subjects");
	for (size_t i = 0; i < note_n_subjects; i++)
		if (build->subjects & SUBJECT_BIT(note_subjects[i]))
			json_text(j, NULL, figure_subject_name(note_subjects[i]));
	json_array_end(j);
	json_array(j, "figures");
	for (size_t i = 0; i < build->n_figures; i++)
		write_figure(j, &build->figures[i]);
	json_array_end(j);
	json_object_end(j);
}

/* ---- an image ---- */

struct listing {
	struct note *note;
	struct note_build *build;
	enum figure_subject subject;
	const char *root;
};

static int add_figure(struct listing *l, struct image_slice name, uint64_t size_bytes, int64_t free_bytes)
{
	if (name.n_bytes == 0 || name.n_bytes > NOTE_NAME_MAX_BYTES || memchr(name.text, '\0', name.n_bytes))
		return 0;
	const char *text = arena_text(&l->note->arena, name.text, name.n_bytes);
	int r = vec_push(l->build, figures, (struct note_figure){ l->subject, text, size_bytes, free_bytes });
	return r < 0 ? r : arena_error(&l->note->arena);
}

/* The free bytes of a region follow what is used of it. */
static int take_figure(void *ctx, const struct figure *figure)
{
	struct listing *l = ctx;
	struct note_build *build = l->build;
	int64_t amount = figure->value.amount;

	if (!figure->value.known || (uint64_t)(amount < 0 ? -amount : amount) > NOTE_AMOUNT_MAX)
		return 0;
	struct note_figure *last = build->n_figures ? &build->figures[build->n_figures - 1] : NULL;
	if (figure->kind != FIGURE_FREE)
		return amount > 0 || l->subject == SUBJECT_REGION ?
			       add_figure(l, figure->name, (uint64_t)amount, NOTE_NO_FREE) :
			       0;
	if (last && slice_is(figure->name, last->name))
		last->free_bytes = amount;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct note_figure *x = a, *y = b;

	if (x->size_bytes != y->size_bytes)
		return x->size_bytes > y->size_bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Regions and sections stay in order of their addresses. */
static void keep_largest(struct listing *l, size_t n_before)
{
	size_t n = l->build->n_figures - n_before;

	if (n > 1 && (n > NOTE_ROWS_MAX || (l->subject != SUBJECT_REGION && l->subject != SUBJECT_SECTION)))
		qsort(&l->build->figures[n_before], n, sizeof(*l->build->figures), by_size);
	l->build->n_figures = n_before + MIN(n, (size_t)NOTE_ROWS_MAX);
}

/* "py" of "/work/firmware/py/gc.c", "../../py/gc.c" and "./py/gc.c"; files right in the root are of ".". */
static struct image_slice folder_of(const char *source, const char *root)
{
	size_t n_root = root ? strlen(root) : 0;

	if (n_root && strncmp(source, root, n_root) == 0 && source[n_root] == '/')
		source += n_root + 1;
	while (strncmp(source, "../", 3) == 0 || strncmp(source, "./", 2) == 0)
		source += strcspn(source, "/") + 1;
	const char *slash = strchr(source, '/');
	return slash == source ? slice_of(note_elsewhere) :
	       slash           ? (struct image_slice){ source, (uint32_t)(slash - source) } :
				 slice_of(".");
}

static int add_to_folder(struct listing *l, struct names *names, size_t n_before, const struct image_group *source)
{
	struct image_slice name = folder_of(source->name, l->root);
	uint32_t number = names_add(names, name.text, MIN(name.n_bytes, (uint32_t)NOTE_NAME_MAX_BYTES));
	uint64_t size_bytes = MIN(source->size_bytes, NOTE_AMOUNT_MAX);

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number == l->build->n_figures - n_before)
		return add_figure(l, slice_of(names_text(names, number)), size_bytes, NOTE_NO_FREE);
	struct note_figure *figure = &l->build->figures[n_before + number];
	figure->size_bytes += MIN(size_bytes, NOTE_AMOUNT_MAX - figure->size_bytes);
	return 0;
}

static int add_folders(struct listing *l, const struct image *image)
{
	struct names names = { .arena = &l->note->arena };
	struct image_groups sources;
	size_t n_before = l->build->n_figures;
	int r = image_groups_by_source(image, IMAGE_BY_SOURCE, NULL, &sources);

	for (size_t i = 0; r == 0 && i < sources.n_groups; i++)
		if (!sources.groups[i].is_rest)
			r = add_to_folder(l, &names, n_before, &sources.groups[i]);
	names_deinit(&names);
	image_groups_deinit(&sources);
	return r;
}

static int add_subjects(struct note *note, struct note_build *build, const struct note_image *from)
{
	const struct image *image = from->lists->image;
	int r = 0;

	for (size_t i = 0; i < note_n_subjects && r == 0; i++) {
		struct listing l = { note, build, note_subjects[i], from->root };
		size_t n_before = build->n_figures;
		if (!image_reports(image, l.subject))
			continue;
		build->subjects |= SUBJECT_BIT(l.subject);
		r = l.subject == SUBJECT_FOLDER ? add_folders(&l, image) :
						  image_figures(from->lists, l.subject, take_figure, &l);
		keep_largest(&l, n_before);
	}
	return r;
}

/* In place of the one of its name, or behind the last. */
static void write_into(const struct note *note, const struct note_build *build, const char *text, size_t n_bytes,
		       struct strbuf *out)
{
	const struct note_build *old = note_find(note, build->name);
	size_t from_byte = old ? old->from_byte : note->end_byte, to_byte = old ? old->to_byte : from_byte;
	struct json j;

	strbuf_add(out, text, from_byte);
	strbuf_puts(out, !old && note->n_builds ? "," : "");
	json_init(&j, out, false);
	write_build(&j, build);
	strbuf_add(out, text + to_byte, n_bytes - to_byte);
}

static int add_build(struct note *note, const struct note_image *from, const char *text, size_t n_bytes,
		     struct strbuf *out, struct diag *diag)
{
	struct note_build build = { .name = from->name,
				    .format = from->lists->image->format,
				    .image_bytes = from->image_bytes > NOTE_AMOUNT_MAX ? NOT_KNOWN :
											 from->image_bytes };

	if (!name_fits(from->name))
		return diag_set(diag, -EINVAL, "the name of a build takes 1 to %d bytes", NOTE_NAME_MAX_BYTES);
	if (note->n_builds >= NOTE_BUILDS_MAX && !note_find(note, from->name))
		return diag_set(diag, -EINVAL, "a note has at most %d builds", NOTE_BUILDS_MAX);
	int r = add_subjects(note, &build, from);
	if (r == 0)
		write_into(note, &build, text, n_bytes, out);
	build_deinit(&build);
	return r < 0 ? r : strbuf_error(out);
}

int note_add_image(const char *text, size_t n_bytes, const char *name, const struct note_image *from,
		   struct strbuf *out, struct diag *diag)
{
	static const char empty[] = "{\"schema\": \"memprof.history/1\", \"builds\": []}";
	struct note note CLEANUP(note_deinit) = { .n_builds = 0 };

	if (!text) {
		text = empty;
		n_bytes = strlen(empty);
	}
	int r = note_read(&note, text, n_bytes, name, diag);
	return r < 0 ? r : add_build(&note, from, text, n_bytes, out, diag);
}
