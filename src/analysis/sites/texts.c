#include "memprof/analysis/site_texts.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"

static struct site_texts_name *name_of(const struct site_texts *t, uint32_t number)
{
	uint32_t place = t->places && number < SITE_TEXTS_MAX ? t->places[number] : 0;

	return place ? &t->names[place - 1] : NULL;
}

static int want(struct site_texts *t, uint32_t number)
{
	if (number == 0 || number >= SITE_TEXTS_MAX || name_of(t, number))
		return 0;
	if (vec_push(t, names, (struct site_texts_name){ .number = number }) < 0)
		return -ENOMEM;
	t->places[number] = (uint32_t)t->n_names;
	return 0;
}

int site_texts_want(struct site_texts *t, const struct event_site_frame *frames, size_t n_frames)
{
	int error = 0;

	if (!t->places)
		t->places = calloc(SITE_TEXTS_MAX, sizeof(*t->places));
	if (!t->places)
		return -ENOMEM;
	for (size_t i = 0; i < n_frames && error == 0; i++) {
		error = want(t, frames[i].name);
		if (error == 0)
			error = want(t, frames[i].file);
	}
	return error;
}

/* Those that came late are passed over as well. */
static void go_on(struct site_texts *t)
{
	t->is_asked = false;
	t->n_tries = 0;
	while (t->n_asked < t->n_names && t->names[t->n_asked].text)
		t->n_asked++;
}

uint32_t site_texts_next(struct site_texts *t, uint64_t now_us)
{
	if (t->is_asked && now_us - t->asked_us < SITE_TEXTS_AGAIN_US)
		return 0;
	if (t->n_tries == SITE_TEXTS_TRIES) {
		t->n_asked++;
		go_on(t);
	}
	return site_texts_has_all(t) ? 0 : t->names[t->n_asked].number;
}

void site_texts_asked(struct site_texts *t, uint64_t now_us)
{
	t->is_asked = true;
	t->asked_us = now_us;
	t->n_tries++;
}

bool site_texts_has_all(const struct site_texts *t) { return t->n_asked == t->n_names; }

int site_texts_take(struct site_texts *t, const struct event_site_name *name)
{
	struct site_texts_name *of = name_of(t, name->number);

	if (!of || of->text)
		return 0;
	of->text = arena_text(&t->arena, name->text.bytes, name->text.n_bytes);
	if (arena_error(&t->arena) < 0)
		return -ENOMEM;
	if (t->n_asked < t->n_names && of == &t->names[t->n_asked])
		go_on(t);
	return 0;
}

const char *site_text(const struct site_texts *t, uint32_t number)
{
	const struct site_texts_name *name = name_of(t, number);

	return name && name->text ? name->text : "";
}

void site_texts_deinit(struct site_texts *t)
{
	vec_deinit(t, names);
	arena_deinit(&t->arena);
	free(t->places);
	*t = (struct site_texts){ .n_names = 0 };
}
