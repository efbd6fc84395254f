/* What the options of `memprof objects` ask: about one object, about those of a class, about another moment. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "objects/private.h"

void objects_questions_read(const struct objects_args *args, struct objects_questions *ret)
{
	uint64_t min_bytes = args->min_bytes == NOT_KNOWN ? 0 : args->min_bytes;

	*ret = (struct objects_questions){
		.path = args->path,
		.tree = args->tree,
		.since_file = args->since,
		.filter = { args->class, args->kind, min_bytes, args->collectable },
		.depth = args->depth,
		.is_advised = args->advise,
		.has_map = args->map,
	};
	ret->has_filter = ret->filter.class || ret->filter.kind || args->min_bytes != NOT_KNOWN ||
			  ret->filter.is_collectable;
}

/* Text and JSON answer all of them. */
bool objects_questions_fit(const struct objects_questions *q, enum output_format format)
{
	const struct {
		bool is_asked;
		enum output_format also;
		const char *message;
	} questions[] = {
		{ q->tree, OUTPUT_TEXT, "--tree is for --format text and json" },
		{ q->since_file, OUTPUT_HTML, "two moments are compared in --format text, json and html" },
		{ q->is_advised, OUTPUT_HTML, "--advise is for --format text, json and html" },
		{ q->path, OUTPUT_HTML, "--path is for --format text, json and html" },
		{ q->has_filter, OUTPUT_CSV,
		  "--class, --kind, --min and --collectable are for --format text, json and csv" },
	};

	if (format == OUTPUT_TEXT || format == OUTPUT_JSON)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (questions[i].is_asked && questions[i].also != format) {
			message_error("%s", questions[i].message);
			return false;
		}
	return true;
}

/* ---- one object ---- */

/* The longest part of the text that is there: "cache['ev3']" of "cache['ev3'].nmae". 0: none. */
static size_t known_part(const struct objects_job *job, const char *text)
{
	for (size_t n = strlen(text); n > 0; n--) {
		struct strbuf part CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (text[n] != '.' && text[n] != '[')
			continue;
		strbuf_printf(&part, "%.*s", (int)MIN(n, (size_t)INT_MAX), text);
		if (objects_find(job->objects, strbuf_text(&part)) != OBJECT_NONE)
			return n;
	}
	return 0;
}

/* Of the names of globals, the one that is most like it. */
static const char *like_global(const struct objects_job *job, const char *text)
{
	const char *best = NULL;
	size_t distance = MIN(strlen(text) / 2 + 1, (size_t)3);

	for (size_t i = 0; i < job->report.n_globals; i++) {
		size_t d = edit_distance(text, job->report.globals[i].path);
		if (d < distance) {
			best = job->report.globals[i].path;
			distance = d;
		}
	}
	return best;
}

static void say_missing(const struct objects_job *job, const char *text)
{
	const char *best = like_global(job, text);
	size_t n_known = known_part(job, text);
	uint64_t address;

	if (number_parse(text, &address) == 0)
		message_error("no object of the heap is at %s", text);
	else if (n_known)
		message_error(
			"%.*s is there, but '%s' leads to no object of the heap, or to several; keys are quoted as in"
			" Python, and --tree '%.*s' lists what is there",
			(int)n_known, text, text + n_known, (int)n_known, text);
	else if (best)
		message_error("no object of the heap is called '%s'; did you mean '%s'?", text, best);
	else
		message_error(
			"no object of the heap is called '%s'; small numbers, None and what the firmware has in"
			" ROM are in no heap",
			text);
}

static uint32_t find(const struct objects_job *job, const char *text)
{
	uint32_t ret = objects_find(job->objects, text);

	if (ret == OBJECT_NONE)
		say_missing(job, text);
	return ret;
}

static int answer_path(struct objects_questions *q, struct objects_job *job)
{
	job->view.object = find(job, q->path);
	if (job->view.object == OBJECT_NONE)
		return -ENOENT;
	job->view.holders = &q->holders;
	job->view.referrers = &q->referrers;
	job->view.all_referrers = job->args->referrers;
	int error = objects_holders(job->objects, job->view.object, &q->holders);
	return error < 0 ? error : objects_referrers(job->objects, job->view.object, &q->referrers);
}

/* An instance, or the class itself by its name. */
static bool is_of_class(const struct objects *o, uint32_t i, const struct object *object, const char *class)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (strcmp(object->kind, "class") != 0)
		return object->class && strcmp(object->class, class) == 0;
	objects_path(o, i, &path);
	const char *dot = strrchr(strbuf_text(&path), '.');
	return strcmp(dot ? dot + 1 : strbuf_text(&path), class) == 0;
}

/* Nothing fits. A class or kind that the heap does not have may be misspelt. */
static int check_filter(const struct objects_job *job, const struct objects_filter *filter)
{
	bool has_class = !filter->class, has_kind = !filter->kind;

	for (uint32_t i = 0; i < objects_count(job->objects); i++) {
		struct object object;
		objects_get(job->objects, i, &object);
		has_class |= filter->class && is_of_class(job->objects, i, &object, filter->class);
		has_kind |= filter->kind && strcmp(object.kind, filter->kind) == 0;
	}
	if (!has_class)
		message_error("no object of the heap is of a class '%s'; the report lists classes", filter->class);
	else if (!has_kind)
		message_error("no object of the heap is of the kind '%s'; the report lists kinds", filter->kind);
	return has_class && has_kind ? 0 : -ENOENT;
}

static int answer_filter(struct objects_questions *q, struct objects_job *job)
{
	int error = objects_select(job->objects, &q->filter, &q->selected);

	job->view.selected = &q->selected;
	return error == 0 && q->selected.n_rows == 0 ? check_filter(job, &q->filter) : error;
}

static int answer_tree(struct objects_questions *q, struct objects_job *job)
{
	uint32_t root = find(job, q->tree);

	if (root == OBJECT_NONE)
		return -ENOENT;
	job->view.tree = &q->rows;
	return objects_tree(job->objects, root, (unsigned)q->depth, job->view.n_top, &q->rows);
}

/* ---- another moment ---- */

static int answer_since(struct objects_questions *q, struct objects_job *job, const char *name)
{
	struct objects_moment before, after = { job->objects, &job->report };

	q->before.source = name;
	if (objects_of_file(&q->before) != EXIT_FINE)
		return -EINVAL;
	int error = objects_report(q->before.objects, &q->before.report);
	before = (struct objects_moment){ q->before.objects, &q->before.report };
	if (error == 0)
		error = objects_since(&before, &after, &q->since);
	job->view.since = &q->since;
	job->view.since_name = name;
	return error;
}

/* ---- what to do ---- */

static int answer_advise(struct objects_questions *q, struct objects_job *job)
{
	if (q->has_map && objects_flash_read(job->args, q->region, sizeof(q->region), &q->flash) < 0)
		return -EINVAL;
	job->view.advice = &q->advice;
	return objects_advise(job->objects, &job->report, q->has_map ? &q->flash : NULL, &q->advice);
}

int objects_questions_answer(struct objects_questions *q, struct objects_job *job)
{
	int error = 0;

	job->view.object = OBJECT_NONE;
	if (q->path)
		error = answer_path(q, job);
	if (error == 0 && q->tree)
		error = answer_tree(q, job);
	if (error == 0 && q->has_filter)
		error = answer_filter(q, job);
	if (error == 0 && q->since_file)
		error = answer_since(q, job, q->since_file);
	if (error == 0 && q->is_advised)
		error = answer_advise(q, job);
	if (error == -ENOMEM)
		message_error("out of memory");
	return error < 0 ? EXIT_INPUT : EXIT_FINE;
}

void objects_questions_deinit(struct objects_questions *q)
{
	objects_list_deinit(&q->holders);
	objects_list_deinit(&q->referrers);
	objects_list_deinit(&q->rows);
	objects_list_deinit(&q->selected);
	objects_since_deinit(&q->since);
	objects_advice_deinit(&q->advice);
	objects_job_deinit(&q->before);
}
