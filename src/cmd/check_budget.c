#define _GNU_SOURCE /* mkostemp, renameat2 */
#include "check_budget.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/json.h"
#include "message.h"

int check_budget_headroom(const struct options *options, double *ret)
{
	enum { ALL = 1000000, USUAL = 50000 };
	const char *text = option_value(options, "headroom");
	uint64_t millionths = USUAL;

	if (!text || (number_parse_percent(text, &millionths) == 0 && millionths <= ALL)) {
		*ret = (double)millionths / ALL;
		return 0;
	}
	message_error("--headroom takes a percent from 0%% to 100%%, as 5%%, not '%s'", text);
	return -EINVAL;
}

/* ---- a first budget ---- */

static const char nothing[] = "0K";

static void begin_entry(struct json *j, const char *subject, const char *name)
{
	struct strbuf pattern CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (const char *p = name; *p; p++) {
		if (strchr("*?[\\", *p))
			strbuf_putc(&pattern, '\\');
		strbuf_putc(&pattern, *p);
	}
	json_row(j, NULL);
	json_text(j, subject, strbuf_text(&pattern));
}

static void add(struct json *j, const char *subject, const char *name, const char *limit, const char *second)
{
	begin_entry(j, subject, name);
	json_text(j, limit, nothing);
	if (second)
		json_text(j, second, nothing);
	json_object_end(j);
}

static void add_any(struct json *j, const char *subject, const char *limit)
{
	json_row(j, NULL);
	json_text(j, subject, "*");
	json_text(j, limit, nothing);
	json_object_end(j);
}

static void add_regions(struct json *j, const struct image *image)
{
	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *region = &image->regions[i];
		bool counts = !region->window && region->length_bytes != NOT_KNOWN && region->used_bytes > 0 &&
			      !image_region_is_shared_out(image, i);
		if (counts)
			add(j, "region", region->name, "max_used", NULL);
	}
}

static void add_build(struct json *j, const struct check_build_files *files)
{
	const struct image *image = files->image;

	if (image)
		add_regions(j, image);
	if (files->bin.name || (image && image->n_regions == 0))
		add_any(j, "image", "max_size");
	if (image && image->n_frozen > 0)
		add_any(j, "frozen", "max_size");
}

static void add_partitions(struct json *j, const struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (span->kind == SPAN_PARTITION && span->free_bytes != NOT_KNOWN && !span->shown_by)
			add(j, "partition", span->name, "min_free", NULL);
	}
}

/* Python's heap as it is at the end; of other heaps what is free. */
static void add_heaps(struct json *j, const struct layout_heaps *heaps)
{
	for (uint32_t i = 0; heaps->any && i < heaps->heap.n_pools; i++) {
		struct pool_summary summary;
		report_summary(&heaps->heap.pools[i], &summary);
		add(j, "heap", heaps->heap.pools[i].name, "max_used", summary.lfb_bytes != NOT_KNOWN ? "min_largest_free" : NULL);
	}
	for (size_t i = 0; i < heaps->n_pools; i++)
		if (heaps->pools[i].free_bytes != NOT_KNOWN)
			add(j, "heap", heaps->pools[i].name, "min_free", NULL);
}

static void add_imports(struct json *j, const struct imports *imports)
{
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->depth == 0 && !row->raised && !row->again && row->origin != IMPORT_BUILT_IN)
			add(j, "import", row->name, "max_kept", row->peak_is_least ? NULL : "max_peak");
	}
}

void check_budget_begin(struct strbuf *out, const struct check_inputs *in)
{
	struct json j;

	json_init(&j, out, false);
	json_object(&j, NULL);
	json_text(&j, "schema", BUDGET_SCHEMA);
	json_array(&j, "budgets");
	add_build(&j, &in->now);
	if (in->now.has_layout)
		add_partitions(&j, &in->now.layout);
	add_heaps(&j, &in->moments[CHECK_NOW].last);
	add_imports(&j, &in->imports);
	json_array_end(&j);
	json_object_end(&j);
}

/* ---- other limits ---- */

int check_budget_fit(struct strbuf *out, const char *text, size_t n_bytes, struct check *c, double headroom, bool loosen)
{
	struct budget_change *changes = calloc(c->n_rows + 1, sizeof(*changes));
	size_t n = 0;

	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		struct budget_change *change = &changes[n];
		bool judged = row->status == CHECK_PASS || row->status == CHECK_FAIL;
		if (!judged || !budget_ratchet(row->limit, &row->value, row->capacity_bytes, headroom, loosen, change->literal))
			continue;
		change->limit = row->limit;
		row->old_limit = row->limit->text;
		row->new_limit = arena_text(&c->arena, change->literal, strlen(change->literal));
		n++;
	}
	budget_edit(out, text, n_bytes, changes, n);
	free(changes);
	return strbuf_error(out) || arena_error(&c->arena) ? -ENOMEM : (int)n;
}

static int cannot(const char *path)
{
	message_at((struct place){ .file = path }, "error", "cannot write it: %s", strerror(errno));
	return -EINVAL;
}

static bool write_all(int fd, const struct strbuf *text)
{
	size_t n = 0;

	while (n < text->n_bytes) {
		ssize_t written = write(fd, text->text + n, text->n_bytes - n);
		if (written < 0)
			return false;
		n += (size_t)written;
	}
	return fsync(fd) == 0;
}

static int write_new(const char *path, const struct strbuf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST) {
		message_at((struct place){ .file = path }, "error", "it is there already; --force replaces it, --update tightens it");
		return -EINVAL;
	}
	if (fd < 0)
		return cannot(path);
	bool written = write_all(fd, text);
	if (close(fd) == 0 && written)
		return 0;
	cannot(path);
	unlink(path);
	return -EINVAL;
}

static int replace(const char *path, const struct strbuf *text)
{
	struct strbuf temporary CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct stat st;

	strbuf_printf(&temporary, "%s.XXXXXX", path);
	int fd = strbuf_error(&temporary) ? -1 : mkostemp(temporary.text, O_CLOEXEC);
	if (fd < 0)
		return cannot(path);
	bool written = stat(path, &st) == 0 && fchmod(fd, st.st_mode & 07777) == 0 && write_all(fd, text);
	if (close(fd) == 0 && written && rename(temporary.text, path) == 0)
		return 0;
	cannot(path);
	unlink(temporary.text);
	return -EINVAL;
}

int check_budget_write(const char *path, const struct strbuf *text, bool is_new)
{
	char *real = is_new ? NULL : realpath(path, NULL);

	if (!real)
		return write_new(path, text);
	int r = replace(real, text);
	free(real);
	return r;
}
