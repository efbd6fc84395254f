#include "usb/cdc.h"

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"

enum {
	DEVICE = 1,
	CONFIGURATION = 2,
	INTERFACE = 4,
	ENDPOINT = 5,
	ASSOCIATION = 11,
	CLASS_SPECIFIC = 0x24,
	UNION = 6, /* subtype of a class-specific one */
	COMMUNICATIONS = 2,
	ACM = 2,
	CDC_DATA = 10,
	RNDIS = 0xff, /* protocol of network cards that claim to be ACM (Linux cdc-acm.c, acm_ids) */
	BULK = 2,
	SETTINGS_MAX = 64, /* interfaces and their alternate settings; more are ignored */
};

/* One alternate setting of an interface. */
struct setting {
	uint8_t number, setting, class, subclass, protocol;
	int slave;                 /* of its union descriptor; -1: none */
	uint8_t first, n_together; /* interfaces of its association; n_together 0: none */
	uint8_t in, out;           /* 0: none */
	uint16_t in_packet_bytes, out_packet_bytes;
	bool taken; /* its interface is used by a function */
};

struct settings {
	struct setting all[SETTINGS_MAX];
	size_t n;
	uint8_t first, n_together; /* of the last association */
};

/* ---- reading ---- */

/* Length of the next descriptor; 0 if no complete one is left. */
static size_t descriptor_bytes(const uint8_t *p, size_t n_left)
{
	return n_left >= 2 && p[0] >= 2 && p[0] <= n_left ? p[0] : 0;
}

static void read_interface(struct settings *s, const uint8_t *p)
{
	if (s->n == SETTINGS_MAX)
		return;
	struct setting *new = &s->all[s->n++];
	*new = (struct setting){
		.number = p[2], .setting = p[3], .class = p[5], .subclass = p[6], .protocol = p[7], .slave = -1
	};
	if (p[2] >= s->first && p[2] - s->first < s->n_together) {
		new->first = s->first;
		new->n_together = s->n_together;
	}
}

static void read_endpoint(struct setting *s, const uint8_t *p)
{
	uint16_t packet_bytes = bytes_u16(p + 4) & 0x7ff;

	if ((p[3] & 3) != BULK || (p[2] & 15) == 0 || packet_bytes == 0 || packet_bytes > USB_PACKET_MAX_BYTES)
		return;
	if ((p[2] & 0x80) && !s->in) {
		s->in = p[2];
		s->in_packet_bytes = packet_bytes;
	} else if (!(p[2] & 0x80) && !s->out) {
		s->out = p[2];
		s->out_packet_bytes = packet_bytes;
	}
}

static void read_descriptor(struct settings *s, const uint8_t *p, size_t n_bytes)
{
	struct setting *last = s->n ? &s->all[s->n - 1] : NULL;

	if (p[1] == ASSOCIATION && n_bytes >= 8) {
		s->first = p[2];
		s->n_together = p[3];
	} else if (p[1] == INTERFACE && n_bytes >= 9) {
		read_interface(s, p);
	} else if (p[1] == ENDPOINT && n_bytes >= 7 && last) {
		read_endpoint(last, p);
	} else if (p[1] == CLASS_SPECIFIC && n_bytes >= 5 && last && p[2] == UNION) {
		last->slave = p[4];
	}
}

static void read_settings(struct settings *s, const uint8_t *config, size_t n_bytes)
{
	size_t n;

	for (size_t at = 0; (n = descriptor_bytes(config + at, n_bytes - at)) > 0; at += n)
		read_descriptor(s, config + at, n);
}

/* ---- choosing ---- */

static bool is_control(const struct settings *s, size_t i)
{
	const struct setting *a = &s->all[i];

	if (a->class != COMMUNICATIONS || a->subclass != ACM || a->protocol == RNDIS)
		return false;
	for (size_t k = 0; k < i; k++)
		if (s->all[k].number == a->number)
			return false; /* another setting of the same interface */
	return true;
}

static bool has_pair(const struct setting *a) { return a->in && a->out && !a->taken; }

static bool by_union(const struct setting *control, const struct setting *data)
{
	return data->number == control->slave;
}

static bool by_place(const struct setting *control, const struct setting *data)
{
	if (data->class != CDC_DATA)
		return false;
	if (control->n_together)
		return data->number >= control->first && data->number - control->first < control->n_together;
	return data->number == control->number + 1;
}

static bool by_class(const struct setting *control, const struct setting *data)
{
	(void)control;
	return data->class == CDC_DATA;
}

typedef bool rule(const struct setting *control, const struct setting *data);

static struct setting *find_data(struct settings *s, const struct setting *control, rule *fits)
{
	for (size_t i = 0; i < s->n; i++)
		if (has_pair(&s->all[i]) && fits(control, &s->all[i]))
			return &s->all[i];
	return NULL;
}

/* An interface belongs to one function only. */
static void mark_taken(struct settings *s, uint8_t number)
{
	for (size_t i = 0; i < s->n; i++)
		s->all[i].taken |= s->all[i].number == number;
}

static struct usb_cdc function_of(const struct setting *control, const struct setting *data)
{
	return (struct usb_cdc){
		.has_control = control != NULL,
		.control = control ? control->number : data->number,
		.data = data->number,
		.data_setting = data->setting,
		.in = data->in,
		.out = data->out,
		.in_packet_bytes = data->in_packet_bytes,
		.out_packet_bytes = data->out_packet_bytes,
	};
}

size_t usb_cdc_find(const uint8_t *config, size_t n_bytes, struct usb_cdc ret[USB_CDC_MAX])
{
	/* Each rule is applied to all interfaces before the next one, so that no guess takes a declared interface. */
	static rule *const rules[] = { by_union, by_place, by_class };
	struct settings s = { .n = 0 };
	struct setting *data_of[SETTINGS_MAX] = { NULL }, *data;
	size_t n = 0, n_controls = 0;

	read_settings(&s, config, n_bytes);
	for (size_t k = 0; k < ARRAY_SIZE(rules); k++) {
		for (size_t i = 0; i < s.n; i++) {
			if (s.all[i].taken || !is_control(&s, i) || !(data = find_data(&s, &s.all[i], rules[k])))
				continue;
			data_of[i] = data;
			n_controls++;
			mark_taken(&s, data->number);
			mark_taken(&s, s.all[i].number);
		}
	}
	for (size_t i = 0; i < s.n && n < USB_CDC_MAX; i++)
		if (data_of[i])
			ret[n++] = function_of(&s.all[i], data_of[i]);
	while (n_controls == 0 && n < USB_CDC_MAX && (data = find_data(&s, NULL, by_class))) {
		ret[n++] = function_of(NULL, data);
		mark_taken(&s, data->number);
	}
	return n;
}

const uint8_t *usb_config_find(const uint8_t *descriptors, size_t n_bytes, uint8_t value, size_t *ret_n_bytes)
{
	size_t at = descriptor_bytes(descriptors, n_bytes);

	if (at == 0 || descriptors[1] != DEVICE)
		return NULL;
	while (n_bytes - at >= 9 && descriptors[at] >= 9 && descriptors[at + 1] == CONFIGURATION) {
		size_t n_total = bytes_u16(descriptors + at + 2), n = MIN(n_total, n_bytes - at);
		if (n < 9)
			return NULL;
		if (descriptors[at + 5] == value) {
			*ret_n_bytes = n;
			return descriptors + at;
		}
		at += n;
	}
	return NULL;
}
