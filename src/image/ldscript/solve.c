/* The values of a script. ld evaluates it in passes (binutils ld/ldlang.c, lang_do_assignments), so that a symbol may
 * be used above its assignment; so does this, until a pass changes nothing. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ldscript/parts.h"

struct solver {
	struct ld_context *ctx;
	struct ld_value *stack;
	uint32_t pass;
	struct ld_value dot;
	bool in_section;
	uint32_t i_region; /* the one being evaluated, or IMAGE_NONE */
	bool has_origin;   /* that one: its length is being evaluated */
	bool changed;
	/* The first of a pass that divides by 0, and where; NULL: none does. */
	const struct ld_expression *divides;
	uint32_t i_division; /* index of ops */
};

/* ---- values of names ---- */

static struct ld_value known(uint64_t number, enum ld_class class)
{
	return (struct ld_value){ .number = number, .class = class };
}

static struct ld_value unknown(enum ld_state state, uint32_t which)
{
	return (struct ld_value){ .state = state, .which = which };
}

static bool same(const struct ld_value *a, const struct ld_value *b)
{
	return a->number == b->number && a->state == b->state && a->class == b->class && a->which == b->which;
}

static struct ld_value symbol_value(const struct solver *v, uint32_t number)
{
	const struct ld_symbol *s = &v->ctx->symbols[number];

	return s->n_all ? s->value : unknown(LD_NEEDS_SYMBOL, number);
}

static struct ld_value region_value(const struct solver *v, uint32_t name, bool is_length)
{
	uint32_t i = v->ctx->region_of_name[name];

	if (i == IMAGE_NONE)
		return unknown(LD_NO_REGION, name);
	if (v->i_region != IMAGE_NONE && (i > v->i_region || (i == v->i_region && (is_length || !v->has_origin))))
		return unknown(LD_REGION_BELOW, name);
	struct ld_value value = is_length ? v->ctx->regions[i].length_value : v->ctx->regions[i].origin_value;
	value.class = v->in_section && !is_length ? LD_ADDRESS : LD_PLAIN;
	return value;
}

/* Assigned above, in this pass (ldexp.c, DEFINED). */
static bool is_defined(const struct solver *v, uint32_t number)
{
	const struct ld_symbol *s = &v->ctx->symbols[number];

	return s->n_all && s->pass == v->pass;
}

/* ---- operations ---- */

/* The sum may wrap, as in ld. */
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
	if (b == UINT64_MAX) /* -1: INT64_MIN / -1 is undefined in C */
		return modulo ? 0 : ~a + 1;
	return (uint64_t)(modulo ? (int64_t)a % (int64_t)b : (int64_t)a / (int64_t)b);
}

static uint64_t calculate(enum ld_op_kind op, uint64_t a, uint64_t b)
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
	case LD_NOT_EQUAL:
		return a != b;
	case LD_LESS:
		return a < b;
	case LD_LESS_EQUAL:
		return a <= b;
	case LD_GREATER:
		return a > b;
	case LD_GREATER_EQUAL:
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

/* Inside an output section ld converts addresses to offsets in it, and the result back: only the sum of an address and
 * a number does not depend on where the section lies. Outside they are numbers of class LD_MIXED. */
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

/* The left side of && and || may decide alone; other operators need both. */
static struct ld_value binary(const struct solver *v, const struct ld_op *op, const struct ld_value *a,
			      const struct ld_value *b)
{
	bool logical = op->kind == LD_LOGICAL_OR || op->kind == LD_LOGICAL_AND;

	if (a->state != LD_KNOWN)
		return *a;
	if (logical && (a->number != 0) == (op->kind == LD_LOGICAL_OR))
		return classed(v, op->kind, a, a, a->number != 0);
	if (b->state != LD_KNOWN)
		return *b;
	if (logical)
		return classed(v, op->kind, a, b, b->number != 0);
	if ((op->kind == LD_DIVIDE || op->kind == LD_MODULO) && b->number == 0)
		return unknown(LD_DIVISION_BY_0, (uint32_t)(op - v->ctx->ops));
	if ((op->kind == LD_SHIFT_LEFT || op->kind == LD_SHIFT_RIGHT) && b->number > 63)
		return unknown(LD_SHIFT_TOO_FAR, (uint32_t)MIN(b->number, (uint64_t)UINT32_MAX));
	return classed(v, op->kind, a, b, calculate(op->kind, a->number, b->number));
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

static struct ld_value evaluate(struct solver *v, const struct ld_expression *e)
{
	struct ld_value *top = v->stack; /* one past the last */

	for (size_t i = e->i_op; i < e->i_op + e->n_ops; i++) {
		const struct ld_op *op = &v->ctx->ops[i];
		if (op->kind <= LD_LINK_VALUE) {
			*top++ = leaf(v, op);
		} else if (op->kind < LD_LOGICAL_OR) {
			top[-1] = unary(v, op->kind, &top[-1]);
		} else if (op->kind < LD_TERNARY) {
			top--;
			top[-1] = binary(v, op, &top[-1], &top[0]);
		} else {
			top -= 2;
			if (top[-1].state == LD_KNOWN)
				top[-1] = top[-1].number ? top[0] : top[1];
		}
	}
	/* Reported at the division, not where the value is used. */
	if (top[-1].state == LD_DIVISION_BY_0 && top[-1].which - e->i_op < e->n_ops && !v->divides) {
		v->divides = e;
		v->i_division = top[-1].which;
	}
	return top[-1];
}

/* ---- steps ---- */

/* The value of a symbol: inside an output section a plain number is relative to the section. */
static struct ld_value assigned(const struct solver *v, struct ld_value value)
{
	if (v->in_section && value.state == LD_KNOWN && value.class != LD_ADDRESS)
		return unknown(LD_NEEDS_SECTION, 0);
	if (!v->in_section && value.class == LD_ADDRESS)
		value.class = LD_MIXED;
	return value;
}

/* A PROVIDE counts only if nothing else assigns the symbol, and only the first one (ldexp.c, etree_provide). */
static bool counts(const struct solver *v, const struct ld_step *step)
{
	const struct ld_symbol *s = &v->ctx->symbols[step->symbol];

	return !step->provide || (!s->n_plain && s->pass != v->pass);
}

static void assign(struct solver *v, struct ld_step *step)
{
	struct ld_symbol *s = &v->ctx->symbols[step->symbol];

	if (!counts(v, step))
		return;
	struct ld_value value = step->compound && s->pass != v->pass ? unknown(LD_NEEDS_SYMBOL, step->symbol) :
								       assigned(v, evaluate(v, &step->e));
	s->pass = v->pass;
	s->value = value;
}

static void do_step(struct solver *v, struct ld_step *step)
{
	switch (step->kind) {
	case LD_ASSIGN:
		assign(v, step);
		break;
	case LD_MOVE_DOT:
		if (!v->in_section)
			v->dot = evaluate(v, &step->e);
		break;
	case LD_SECTION_BEGIN:
		v->in_section = true;
		v->dot = unknown(LD_NEEDS_DOT, 0);
		break;
	case LD_SECTION_END:
		v->in_section = false;
		break;
	}
}

static void do_region(struct solver *v, uint32_t i)
{
	struct ld_region *r = &v->ctx->regions[i];
	struct ld_region before = *r;

	v->i_region = i;
	v->has_origin = false;
	r->origin_value = evaluate(v, &r->origin);
	v->has_origin = true;
	r->length_value = evaluate(v, &r->length);
	r->origin_value.class = r->length_value.class = LD_PLAIN;
	if (r->length_value.state == LD_KNOWN && r->length_value.number >> 63)
		r->length_value = (struct ld_value){ .state = LD_NEGATIVE, .number = r->length_value.number };
	v->i_region = IMAGE_NONE;
	v->changed |= !same(&r->origin_value, &before.origin_value) || !same(&r->length_value, &before.length_value);
}

/* Regions come last, as in ld. */
static void do_pass(struct solver *v, struct ld_value *before)
{
	struct ld_context *ctx = v->ctx;

	v->pass++;
	v->changed = false;
	v->divides = NULL;
	v->in_section = false;
	v->dot = known(0, LD_PLAIN);
	for (size_t i = 0; i < ctx->n_symbols; i++)
		before[i] = ctx->symbols[i].value;
	for (size_t i = 0; i < ctx->n_steps; i++)
		do_step(v, &ctx->steps[i]);
	for (size_t i = 0; i < ctx->n_symbols; i++) {
		ctx->symbols[i].changed = !same(&ctx->symbols[i].value, &before[i]);
		v->changed |= ctx->symbols[i].changed;
	}
	v->dot = unknown(LD_NEEDS_DOT, 0);
	for (uint32_t i = 0; i < ctx->n_regions; i++)
		do_region(v, i);
}

/* A symbol that is still pending, or still changes, depends on itself or on one that does. */
static void mark_cyclic(struct ld_context *ctx)
{
	for (size_t i = 0; i < ctx->n_symbols; i++) {
		struct ld_symbol *s = &ctx->symbols[i];
		if (s->n_all && (s->changed || s->value.state == LD_PENDING))
			s->value = unknown(LD_CYCLE, (uint32_t)i);
	}
}

/* Again, with the cycles: what depends on one has its reason. */
static void note_regions(struct solver *v)
{
	struct ld_context *ctx = v->ctx;

	for (uint32_t i = 0; i < ctx->n_regions; i++) {
		do_region(v, i);
		const struct ld_region *r = &ctx->regions[i];
		const char *name = ctx->script->regions[i].name;
		const struct ld_value *below = r->origin_value.state == LD_REGION_BELOW ? &r->origin_value :
					       r->length_value.state == LD_REGION_BELOW ? &r->length_value :
											  NULL;
		if (below)
			ld_note(ctx, below == &r->origin_value ? r->origin.at : r->length.at,
				"region %.60s uses %.60s, which is not known at that place: ld silently uses a wrong value",
				name, names_text(&ctx->region_names, below->which));
		if (r->length_value.state == LD_NEGATIVE)
			ld_note(ctx, r->length.at, "the length of region %.60s is %" PRId64, name,
				(int64_t)r->length_value.number);
	}
}

static int refuse_division(const struct solver *v)
{
	uint64_t sign = v->ctx->ops[v->i_division].number;
	struct place at = { .file = v->divides->at.file, .line = sign >> 32, .col = (uint32_t)sign };

	return diag_at(v->ctx->diag, at, -EINVAL, "this divides by 0");
}

/* ---- the whole script ---- */

int ld_solve(struct ld_context *ctx)
{
	struct solver v = { .ctx = ctx, .i_region = IMAGE_NONE };
	struct ld_value *before = malloc((ctx->n_symbols + 1) * sizeof(*before));
	int r = 0;

	v.stack = malloc((ctx->stack_max + 1) * sizeof(*v.stack));
	if (!before || !v.stack)
		r = -ENOMEM;
	for (uint32_t i = 0; i < ctx->n_symbols; i++)
		ctx->symbols[i].value = unknown(LD_PENDING, i);
	for (unsigned i = 0; i < LDSCRIPT_PASSES_MAX && r == 0; i++) {
		do_pass(&v, before);
		if (!v.changed)
			break;
	}
	if (r == 0 && !v.changed && v.divides)
		r = refuse_division(&v);
	if (r == 0) {
		mark_cyclic(ctx);
		note_regions(&v);
		ld_publish(ctx);
	}
	free(before);
	free(v.stack);
	return r;
}
