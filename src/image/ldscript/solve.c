/* What a script comes to. ld works it out in passes (binutils ld/ldlang.c, lang_do_assignments), so that a symbol may
 * be used above its assignment; so does this, until a pass changes nothing. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ldscript/parts.h"

struct solver {
	struct ld_work *w;
	struct ld_value *stack;
	uint32_t pass;
	struct ld_value dot;
	bool in_section;
	uint32_t i_region; /* which is being worked out; IMAGE_NONE: none */
	bool changed;
};

/* ---- what names are worth ---- */

static struct ld_value known(uint64_t number, enum ld_class class)
{
	return (struct ld_value){ .number = number, .class = class };
}

static struct ld_value unknown(enum ld_state state, uint32_t what)
{
	return (struct ld_value){ .state = state, .what = what };
}

static bool same(const struct ld_value *a, const struct ld_value *b)
{
	return a->number == b->number && a->state == b->state && a->class == b->class && a->what == b->what;
}

static struct ld_value symbol_value(const struct solver *v, uint32_t number)
{
	const struct ld_symbol *s = &v->w->symbols[number];

	return s->n_all ? s->value : unknown(LD_NEEDS_SYMBOL, number);
}

static struct ld_value region_value(const struct solver *v, uint32_t name, bool is_length)
{
	uint32_t i = v->w->region_of_name[name];

	if (i == IMAGE_NONE)
		return unknown(LD_NO_REGION, name);
	if (v->i_region != IMAGE_NONE && (i > v->i_region || (is_length && i == v->i_region)))
		return unknown(LD_REGION_BELOW, name);
	struct ld_value value = is_length ? v->w->regions[i].length_value : v->w->regions[i].origin_value;
	value.class = v->in_section && !is_length ? LD_ADDRESS : LD_PLAIN;
	return value;
}

/* Was it assigned above, in this pass? (ldexp.c, DEFINED) */
static bool is_defined(const struct solver *v, uint32_t number)
{
	const struct ld_symbol *s = &v->w->symbols[number];

	return s->n_all && s->pass == v->pass;
}

/* ---- operations ---- */

/* As ld does it, also where the sum wraps. */
static uint64_t align(uint64_t value, uint64_t to) { return to <= 1 ? value : (value + to - 1) / to * to; }

static uint64_t log2_ceil(uint64_t value)
{
	uint64_t n = 0;

	while (n < 64 && UINT64_C(1) << n < value)
		n++;
	return n;
}

static uint64_t divide(uint64_t a, uint64_t b, bool modulo)
{
	if (b == UINT64_MAX) /* -1: INT64_MIN / -1 has no answer in C */
		return modulo ? 0 : ~a + 1;
	return (uint64_t)(modulo ? (int64_t)a % (int64_t)b : (int64_t)a / (int64_t)b);
}

static uint64_t of_two(enum ld_op_kind op, uint64_t a, uint64_t b)
{
	switch (op) {
	case LD_OR:
		return a | b;
	case LD_XOR:
		return a ^ b;
	case LD_AND:
		return a & b;
	case LD_EQUAL:
		return a == b;
	case LD_UNEQUAL:
		return a != b;
	case LD_LESS:
		return a < b;
	case LD_LESS_EQUAL:
		return a <= b;
	case LD_MORE:
		return a > b;
	case LD_MORE_EQUAL:
		return a >= b;
	case LD_SHIFT_LEFT:
		return a << b;
	case LD_SHIFT_RIGHT:
		return a >> b;
	case LD_ADD:
		return a + b;
	case LD_SUBTRACT:
		return a - b;
	case LD_MULTIPLY:
		return a * b;
	case LD_DIVIDE:
		return divide(a, b, false);
	case LD_MODULO:
		return divide(a, b, true);
	case LD_ALIGN:
		return align(a, b);
	case LD_MAX:
		return MAX(a, b);
	default:
		return MIN(a, b);
	}
}

/* Inside an output section ld makes addresses relative to it first, and what comes out absolute again: only a sum of
 * an address and a number is the same wherever the section lies. Outside they are numbers, but remember it. */
static struct ld_value classed(const struct solver *v, enum ld_op_kind op, const struct ld_value *a,
			       const struct ld_value *b, uint64_t number)
{
	bool sum = (op == LD_ADD && (a->class == LD_PLAIN || b->class == LD_PLAIN)) ||
		   (op == LD_SUBTRACT && b->class == LD_PLAIN);

	if (a->class == LD_PLAIN && b->class == LD_PLAIN)
		return known(number, LD_PLAIN);
	if (!v->in_section)
		return known(number, LD_MIXED);
	return sum ? known(number, LD_ADDRESS) : unknown(LD_NEEDS_SECTION, 0);
}

/* && and || are decided by their left side alone, where that is enough; the rest wants both. */
static struct ld_value binary(const struct solver *v, const struct ld_op *op, const struct ld_value *a,
			      const struct ld_value *b)
{
	bool logical = op->kind == LD_OR_ELSE || op->kind == LD_AND_THEN;

	if (a->state != LD_KNOWN)
		return *a;
	if (logical && (a->number != 0) == (op->kind == LD_OR_ELSE))
		return classed(v, op->kind, a, a, a->number != 0);
	if (b->state != LD_KNOWN)
		return *b;
	if (logical)
		return classed(v, op->kind, a, b, b->number != 0);
	if ((op->kind == LD_DIVIDE || op->kind == LD_MODULO) && b->number == 0)
		return unknown(LD_DIVIDED, (uint32_t)(op - v->w->ops));
	if ((op->kind == LD_SHIFT_LEFT || op->kind == LD_SHIFT_RIGHT) && b->number > 63)
		return unknown(LD_SHIFTED, (uint32_t)MIN(b->number, (uint64_t)UINT32_MAX));
	return classed(v, op->kind, a, b, of_two(op->kind, a->number, b->number));
}

static struct ld_value unary(const struct solver *v, enum ld_op_kind op, const struct ld_value *a)
{
	static const struct ld_value zero = { .class = LD_PLAIN };

	if (op == LD_ALIGN_DOT && v->dot.state != LD_KNOWN)
		return v->dot;
	if (a->state != LD_KNOWN)
		return *a;
	switch (op) {
	case LD_ABSOLUTE:
		return known(a->number, v->in_section ? LD_ADDRESS : a->class);
	case LD_ALIGN_DOT:
		return known(align(v->dot.number, a->number), v->dot.class);
	case LD_NEGATE:
		return classed(v, op, a, &zero, ~a->number + 1);
	case LD_NOT:
		return classed(v, op, a, &zero, !a->number);
	case LD_INVERT:
		return classed(v, op, a, &zero, ~a->number);
	default:
		return classed(v, op, a, &zero, log2_ceil(a->number));
	}
}

static struct ld_value leaf(const struct solver *v, const struct ld_op *op)
{
	uint32_t number = (uint32_t)op->number;

	switch (op->kind) {
	case LD_NUMBER:
		return known(op->number, LD_PLAIN);
	case LD_SYMBOL: {
		struct ld_value value = symbol_value(v, number);
		return v->in_section && value.class == LD_MIXED && value.state == LD_KNOWN ?
			       unknown(LD_NEEDS_SECTION, 0) :
			       value;
	}
	case LD_DOT:
		return v->dot;
	case LD_ORIGIN:
		return region_value(v, number, false);
	case LD_LENGTH:
		return region_value(v, number, true);
	case LD_DEFINED:
		return known(is_defined(v, number), LD_PLAIN);
	default:
		return unknown(LD_NEEDS_LINK, number);
	}
}

static struct ld_value work_out(const struct solver *v, const struct ld_expression *e)
{
	struct ld_value *top = v->stack; /* one past the last */

	for (size_t i = e->i_op; i < e->i_op + e->n_ops; i++) {
		const struct ld_op *op = &v->w->ops[i];
		if (op->kind <= LD_OF_LINK) {
			*top++ = leaf(v, op);
		} else if (op->kind < LD_OR_ELSE) {
			top[-1] = unary(v, op->kind, &top[-1]);
		} else if (op->kind < LD_CHOOSE) {
			top--;
			top[-1] = binary(v, op, &top[-1], &top[0]);
		} else {
			top -= 2;
			if (top[-1].state == LD_KNOWN)
				top[-1] = top[-1].number ? top[0] : top[1];
		}
	}
	return top[-1];
}

/* ---- steps ---- */

/* A number that stays one inside an output section counts from where that lies. */
static struct ld_value settled(const struct solver *v, struct ld_value value)
{
	if (v->in_section && value.state == LD_KNOWN && value.class != LD_ADDRESS)
		return unknown(LD_NEEDS_SECTION, 0);
	if (!v->in_section && value.class == LD_ADDRESS)
		value.class = LD_MIXED;
	return value;
}

/* Of PROVIDEs the first counts, and only if nothing else assigns the symbol (ldexp.c, etree_provide). */
static bool counts(const struct solver *v, const struct ld_step *step)
{
	const struct ld_symbol *s = &v->w->symbols[step->symbol];

	return !step->provide || (!s->n_plain && s->pass != v->pass);
}

static void assign(struct solver *v, struct ld_step *step, size_t i_step)
{
	struct ld_symbol *s = &v->w->symbols[step->symbol];

	if (!counts(v, step))
		return;
	struct ld_value value = step->compound && s->pass != v->pass ? unknown(LD_NEEDS_SYMBOL, step->symbol) :
								       settled(v, work_out(v, &step->e));
	s->pass = v->pass;
	s->i_step = i_step;
	s->value = value;
}

static void do_step(struct solver *v, struct ld_step *step, size_t i_step)
{
	switch (step->kind) {
	case LD_ASSIGN:
		assign(v, step, i_step);
		break;
	case LD_MOVE_DOT:
		if (!v->in_section)
			v->dot = work_out(v, &step->e);
		break;
	case LD_SECTION_BEGIN:
		v->in_section = true;
		v->dot = unknown(LD_NEEDS_DOT, 0);
		break;
	case LD_SECTION_END:
		v->in_section = false;
		break;
	case LD_ASSERT:
		break;
	}
}

static void do_region(struct solver *v, uint32_t i)
{
	struct ld_region *r = &v->w->regions[i];
	struct ld_region before = *r;

	v->i_region = i;
	r->origin_value = work_out(v, &r->origin);
	r->length_value = work_out(v, &r->length);
	r->origin_value.class = r->length_value.class = LD_PLAIN;
	if (r->length_value.state == LD_KNOWN && r->length_value.number >> 63)
		r->length_value = (struct ld_value){ .state = LD_NEGATIVE, .number = r->length_value.number };
	v->i_region = IMAGE_NONE;
	v->changed |= !same(&r->origin_value, &before.origin_value) || !same(&r->length_value, &before.length_value);
}

/* In order; regions come last, as in ld. */
static void do_pass(struct solver *v, struct ld_value *before)
{
	struct ld_work *w = v->w;

	v->pass++;
	v->changed = false;
	v->in_section = false;
	v->dot = known(0, LD_PLAIN);
	for (size_t i = 0; i < w->n_symbols; i++)
		before[i] = w->symbols[i].value;
	for (size_t i = 0; i < w->n_steps; i++)
		do_step(v, &w->steps[i], i);
	for (size_t i = 0; i < w->n_symbols; i++) {
		w->symbols[i].changed = !same(&w->symbols[i].value, &before[i]);
		v->changed |= w->symbols[i].changed;
	}
	v->dot = unknown(LD_NEEDS_DOT, 0);
	for (uint32_t i = 0; i < w->n_regions; i++)
		do_region(v, i);
}

/* ---- circles ---- */

/* What stays open goes round: it waits for itself, or never comes to rest. */
static bool goes_round(const struct ld_symbol *s)
{
	return s->n_all && (s->changed || (s->value.state == LD_WAITS_SYMBOL || s->value.state == LD_WAITS_REGION));
}

/* The first symbol of an expression that goes round too. */
static uint32_t next_round(const struct ld_work *w, uint32_t symbol)
{
	const struct ld_expression *e = &w->steps[w->symbols[symbol].i_step].e;

	for (size_t i = e->i_op; i < e->i_op + e->n_ops; i++)
		if (w->ops[i].kind == LD_SYMBOL && goes_round(&w->symbols[w->ops[i].number]))
			return (uint32_t)w->ops[i].number;
	return IMAGE_NONE;
}

/* "a, b, c" of the way that leads from the symbol, without those that only hang on the circle. */
static void name_circle(struct ld_work *w, uint32_t symbol, struct strbuf *ret)
{
	uint32_t slow = symbol, fast = symbol; /* both walk; where they meet, it goes round */

	do {
		slow = next_round(w, slow);
		fast = next_round(w, fast);
		fast = fast == IMAGE_NONE ? fast : next_round(w, fast);
	} while (fast != IMAGE_NONE && slow != fast);
	uint32_t first = fast == IMAGE_NONE ? symbol : fast, at = first;
	for (; fast != IMAGE_NONE && (at = next_round(w, at)) != fast;) /* the first of them in the text */
		first = MIN(first, at);
	at = first;
	for (unsigned n = 0; at != IMAGE_NONE && (n == 0 || at != first); n++, at = next_round(w, at)) {
		if (n == 5) {
			strbuf_puts(ret, " …");
			break;
		}
		const char *name = names_text(&w->to->symbol_names, at);
		strbuf_puts(ret, n ? ", " : "");
		strbuf_add(ret, name, MIN(strlen(name), (size_t)60));
	}
}

static int note_circles(struct ld_work *w)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	uint32_t first = IMAGE_NONE;
	uint64_t n = 0;

	for (uint32_t i = 0; i < w->n_symbols; i++) {
		if (!goes_round(&w->symbols[i]))
			continue;
		first = first == IMAGE_NONE ? i : first;
		n++;
	}
	if (first == IMAGE_NONE)
		return 0;
	name_circle(w, first, &text);
	if (strbuf_error(&text) < 0)
		return ld_out_of_memory(w);
	ld_note(w, w->to->symbols[first].at, LDSCRIPT_NOTE_DEFECT,
		"assigned in a circle: %s; %" PRIu64
		" symbol%s ha%s"
		" no value after %d passes",
		strbuf_text(&text), n, n == 1 ? "" : "s", n == 1 ? "s" : "ve", LDSCRIPT_PASSES_MAX);
	for (size_t i = 0; i < w->n_symbols; i++)
		if (goes_round(&w->symbols[i]))
			w->symbols[i].value = unknown(LD_CIRCLE, (uint32_t)i);
	return 0;
}

/* ---- what is found ---- */

/* Said where it happens, not where the value is used. */
static int divided(struct ld_work *w, const struct ld_expression *e, const struct ld_value *value)
{
	if (value->state != LD_DIVIDED || value->what < e->i_op || value->what - e->i_op >= e->n_ops)
		return 0;
	uint64_t sign = w->ops[value->what].number;
	struct place at = { .file = e->at.file, .line = sign >> 32, .col = (uint32_t)sign };
	return diag_at(w->diag, at, -EINVAL, "this divides by 0");
}

static int check_assert(struct solver *v, const struct ld_step *step)
{
	struct ld_value value = work_out(v, &step->e);

	v->w->to->n_asserts++;
	if (value.state != LD_KNOWN) {
		v->w->to->n_asserts_open++;
		return divided(v->w, &step->e, &value);
	}
	if (!value.number)
		ld_note(v->w, step->e.at, LDSCRIPT_NOTE_ASSERT, "%s", step->text);
	return 0;
}

/* Once more, in the same order, so that each ASSERT and each division sees what holds at its place. */
static int check_steps(struct solver *v)
{
	struct ld_work *w = v->w;
	int r = 0;

	v->pass++;
	v->in_section = false;
	v->dot = known(0, LD_PLAIN);
	for (size_t i = 0; i < w->n_steps && r == 0; i++) {
		const struct ld_step *step = &w->steps[i];
		if (step->kind == LD_ASSERT) {
			r = check_assert(v, step);
			continue;
		}
		struct ld_symbol *s = step->kind == LD_ASSIGN ? &w->symbols[step->symbol] : NULL;
		struct ld_value last = s ? s->value : unknown(LD_KNOWN, 0);
		do_step(v, &w->steps[i], i);
		if (s && s->pass == v->pass && s->i_step == i)
			r = divided(w, &step->e, &s->value);
		if (s && last.state == LD_CIRCLE)
			s->value = last;
	}
	return r;
}

static int check_regions(struct solver *v)
{
	struct ld_work *w = v->w;

	v->dot = unknown(LD_NEEDS_DOT, 0);
	for (uint32_t i = 0; i < w->n_regions; i++) {
		do_region(v, i);
		const struct ld_region *r = &w->regions[i];
		const char *name = w->to->regions[i].name;
		int error = divided(w, &r->origin, &r->origin_value);
		if (error == 0)
			error = divided(w, &r->length, &r->length_value);
		if (error < 0)
			return error;
		const struct ld_value *below = r->origin_value.state == LD_REGION_BELOW ? &r->origin_value :
					       r->length_value.state == LD_REGION_BELOW ? &r->length_value :
											  NULL;
		if (below)
			ld_note(w, below == &r->origin_value ? r->origin.at : r->length.at, LDSCRIPT_NOTE_DEFECT,
				"region %.60s is worked out from %.60s, which is not known at that place: ld takes a wrong"
				" value there and says nothing",
				name, names_text(&w->region_names, below->what));
		if (r->length_value.state == LD_NEGATIVE)
			ld_note(w, r->length.at, LDSCRIPT_NOTE_DEFECT, "the length of region %.60s is %" PRId64, name,
				(int64_t)r->length_value.number);
	}
	return 0;
}

/* ---- all of it ---- */

int ld_solve(struct ld_work *w)
{
	struct solver v = { .w = w, .i_region = IMAGE_NONE };
	struct ld_value *before = malloc((w->n_symbols + 1) * sizeof(*before));
	int r = 0;

	v.stack = malloc((w->stack_max + 1) * sizeof(*v.stack));
	if (!before || !v.stack)
		r = ld_out_of_memory(w);
	for (uint32_t i = 0; i < w->n_symbols; i++)
		w->symbols[i].value = unknown(LD_WAITS_SYMBOL, i);
	for (unsigned i = 0; i < LDSCRIPT_PASSES_MAX && r == 0; i++) {
		do_pass(&v, before);
		if (!v.changed)
			break;
	}
	if (r == 0)
		r = note_circles(w);
	if (r == 0)
		r = check_steps(&v);
	if (r == 0)
		r = check_regions(&v);
	if (r == 0)
		ld_publish(w);
	free(before);
	free(v.stack);
	return r;
}
