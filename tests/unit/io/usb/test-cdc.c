/* Which interfaces and endpoints a device's serial channels are. */
#include "usb/cdc.h"

#include "unit.h"

#define CONFIG(n_bytes, n)                                    9, 2, (n_bytes)&255, (n_bytes) >> 8, n, 1, 0, 0x80, 125
#define INTERFACE(number, setting, class, subclass, protocol) 9, 4, number, setting, 0, class, subclass, protocol, 0
#define TOGETHER(first, n)                                    8, 11, first, n, 2, 2, 0, 0
#define UNION(control, data)                                  5, 0x24, 6, control, data
#define ACM_HEAD                                              5, 0x24, 0, 0x20, 1, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 6
#define BULK(address, n_bytes)                                7, 5, address, 2, (n_bytes)&255, (n_bytes) >> 8, 0
#define INTERRUPT(address)                                    7, 5, address, 3, 8, 0, 16
#define PAIR(n)                                               BULK(0x80 | (n), 64), BULK(n, 64)

/* Gives the bytes from memory that ends where they do. */
static size_t find(const uint8_t *bytes, size_t n_bytes, struct usb_cdc ret[USB_CDC_MAX])
{
	uint8_t *copy = malloc(n_bytes ? n_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, n_bytes);
	size_t n = usb_cdc_find(copy, n_bytes, ret);
	free(copy);
	assert_true(n <= USB_CDC_MAX);
	return n;
}

#define FIND(ret, ...) find((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), ret)

static void assert_function(const struct usb_cdc *f, int control, unsigned data, unsigned setting, unsigned endpoint)
{
	assert_int_equal(f->has_control, control >= 0);
	assert_int_equal(f->control, control >= 0 ? (unsigned)control : data);
	assert_int_equal(f->data, data);
	assert_int_equal(f->data_setting, setting);
	assert_int_equal(f->in, 0x80 | endpoint);
	assert_int_equal(f->out, endpoint);
}

/* MicroPython on RP2: TinyUSB's descriptors. */
UNIT_TEST(a_pico)
{
	struct usb_cdc f[USB_CDC_MAX];

	assert_int_equal(FIND(f, CONFIG(75, 2), TOGETHER(0, 2), INTERFACE(0, 0, 2, 2, 0), ACM_HEAD, UNION(0, 1),
			      INTERRUPT(0x81), INTERFACE(1, 0, 10, 0, 0), BULK(0x02, 64), BULK(0x82, 64)),
			 1);
	assert_function(&f[0], 0, 1, 0, 2);
	assert_int_equal(f[0].in_packet_bytes, 64);
	assert_int_equal(f[0].out_packet_bytes, 64);
}

/* A pyboard with two serial ports and a drive between them. */
UNIT_TEST(two_functions_and_a_drive)
{
	struct usb_cdc f[USB_CDC_MAX];

	assert_int_equal(FIND(f, CONFIG(141, 5), INTERFACE(0, 0, 8, 6, 0x50), PAIR(3), TOGETHER(1, 2),
			      INTERFACE(1, 0, 2, 2, 1), ACM_HEAD, UNION(1, 2), INTERRUPT(0x82),
			      INTERFACE(2, 0, 10, 0, 0), PAIR(1), TOGETHER(3, 2), INTERFACE(3, 0, 2, 2, 1), ACM_HEAD,
			      UNION(3, 4), INTERRUPT(0x85), INTERFACE(4, 0, 10, 0, 0), PAIR(4)),
			 2);
	assert_function(&f[0], 1, 2, 0, 1);
	assert_function(&f[1], 3, 4, 0, 4);
}

UNIT_TEST(the_union_decides)
{
	struct usb_cdc f[USB_CDC_MAX];

	/* What follows would be the second's. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 3), INTERFACE(1, 0, 2, 2, 0), UNION(1, 2),
			      INTERFACE(2, 0, 10, 0, 0), PAIR(1), INTERFACE(3, 0, 10, 0, 0), PAIR(2)),
			 2);
	assert_function(&f[0], 0, 3, 0, 2);
	assert_function(&f[1], 1, 2, 0, 1);
	/* Whatever its class. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 1), INTERFACE(1, 0, 255, 0, 0), PAIR(1)), 1);
	assert_function(&f[0], 0, 1, 0, 1);
	/* All in one interface. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 0), INTERRUPT(0x82), PAIR(1)), 1);
	assert_function(&f[0], 0, 0, 0, 1);
	/* It comes after the endpoint on some. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), INTERRUPT(0x82), UNION(0, 2), INTERFACE(1, 0, 10, 0, 0),
			      PAIR(1), INTERFACE(2, 0, 10, 0, 0), PAIR(3)),
			 1);
	assert_function(&f[0], 0, 2, 0, 3);
}

UNIT_TEST(without_a_union)
{
	struct usb_cdc f[USB_CDC_MAX];

	/* The association's, although another follows. */
	assert_int_equal(FIND(f, TOGETHER(2, 2), INTERFACE(3, 0, 2, 2, 0), INTERFACE(4, 0, 10, 0, 0), PAIR(1),
			      INTERFACE(2, 0, 10, 0, 0), PAIR(2)),
			 1);
	assert_function(&f[0], 3, 2, 0, 2);
	/* The one that follows. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), PAIR(1), INTERFACE(1, 0, 2, 2, 0),
			      INTERFACE(2, 0, 10, 0, 0), PAIR(2)),
			 1);
	assert_function(&f[0], 1, 2, 0, 2);
	/* Any, if the union names one that is not there, or has no endpoints. */
	assert_int_equal(FIND(f, INTERFACE(5, 0, 2, 2, 0), UNION(5, 9), INTERFACE(7, 0, 10, 0, 0), PAIR(1)), 1);
	assert_function(&f[0], 5, 7, 0, 1);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 1), INTERFACE(1, 0, 10, 0, 0), BULK(0x81, 64),
			      INTERFACE(2, 0, 10, 0, 0), PAIR(2)),
			 1);
	assert_function(&f[0], 0, 2, 0, 2);
	/* But not what another's union names, in whatever order they come. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), INTERFACE(2, 0, 2, 2, 0), UNION(2, 1),
			      INTERFACE(1, 0, 10, 0, 0), PAIR(1)),
			 1);
	assert_function(&f[0], 2, 1, 0, 1);
}

UNIT_TEST(only_data)
{
	struct usb_cdc f[USB_CDC_MAX];

	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), PAIR(1), INTERFACE(1, 0, 10, 0, 0), PAIR(2)), 2);
	assert_function(&f[0], -1, 0, 0, 1);
	assert_function(&f[1], -1, 1, 0, 2);
	/* With a function that is whole beside it, it is somebody else's. */
	assert_int_equal(FIND(f, INTERFACE(3, 0, 10, 0, 0), PAIR(3), INTERFACE(0, 0, 2, 2, 0), UNION(0, 1),
			      INTERFACE(1, 0, 10, 0, 0), PAIR(1)),
			 1);
	assert_function(&f[0], 0, 1, 0, 1);
}

UNIT_TEST(alternate_settings)
{
	struct usb_cdc f[USB_CDC_MAX];

	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 1), INTERFACE(0, 1, 2, 2, 0), UNION(0, 1),
			      INTERFACE(1, 0, 10, 0, 0), INTERFACE(1, 1, 10, 0, 0), PAIR(1), INTERFACE(1, 2, 10, 0, 0),
			      PAIR(2)),
			 1);
	assert_function(&f[0], 0, 1, 1, 1);
}

UNIT_TEST(lines_that_are_no_reset)
{
	struct usb_cdc f[USB_CDC_MAX];

	assert_int_equal(find((const uint8_t *)"", 0, f), 0);
	assert_int_equal(FIND(f, CONFIG(32, 1), INTERFACE(0, 0, 255, 0, 0), PAIR(1)), 0); /* a converter */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 6, 0), UNION(0, 1)), 0);              /* Ethernet */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 255), UNION(0, 1), INTERFACE(1, 0, 255, 0, 0), PAIR(1)), 0);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 2, 2, 0), UNION(0, 1)), 0);
	/* Endpoints that cannot be: number 0, no bytes, too many, not bulk, both in one direction. */
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), BULK(0x80, 64), BULK(0x00, 64)), 0);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), BULK(0x81, 0), BULK(0x01, 64)), 0);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), BULK(0x81, 64), BULK(0x01, 1025)), 0);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), INTERRUPT(0x81), BULK(0x01, 64)), 0);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), BULK(0x81, 64), BULK(0x82, 64)), 0);
	assert_int_equal(FIND(f, PAIR(1), INTERFACE(0, 0, 10, 0, 0)), 0);
}

/* Lengths that are not true. What was whole before counts. */
UNIT_TEST(broken_descriptors)
{
	static const uint8_t whole[] = {
		CONFIG(66, 2),   INTERFACE(0, 0, 2, 2, 0),  ACM_HEAD, UNION(0, 1),
		INTERRUPT(0x81), INTERFACE(1, 0, 10, 0, 0), PAIR(2),
	};
	struct usb_cdc f[USB_CDC_MAX];

	for (size_t n = 0; n < sizeof(whole); n++)
		assert_int_equal(find(whole, n, f), 0);
	assert_int_equal(find(whole, sizeof(whole), f), 1);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), PAIR(1), 0, 0, 0), 1);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), PAIR(1), 1, 4, 9), 1);
	assert_int_equal(FIND(f, INTERFACE(0, 0, 10, 0, 0), PAIR(1), 255, 4, 9), 1);
	assert_int_equal(FIND(f, 0, 0, INTERFACE(0, 0, 10, 0, 0), PAIR(1)), 0);
	/* Too short for what they say they are. */
	assert_int_equal(FIND(f, 3, 4, 0, 8, 11, 0, 1, 0, 0, 0, 0, 6, 5, 0x81, 2, 64, 0, 4, 0x24, 6, 0), 0);
}

UNIT_TEST(more_than_anybody_has)
{
	uint8_t bytes[256 * 23];
	struct usb_cdc f[USB_CDC_MAX];

	for (unsigned i = 0; i < 256; i++) {
		const uint8_t one[] = { INTERFACE((uint8_t)i, 0, 10, 0, 0), PAIR(1) };
		memcpy(bytes + i * sizeof(one), one, sizeof(one));
	}
	assert_int_equal(find(bytes, sizeof(bytes), f), USB_CDC_MAX);
}

UNIT_TEST(configurations)
{
	static const uint8_t all[] = {
		18, 1, 0, 2, 0, 0,    0,   64, 0x8a, 0x2e, 5, 0, 0, 1, 1, 2, 3, 2,    9,   2,
		12, 0, 0, 1, 0, 0x80, 125, 3,  9,    9,    9, 2, 9, 0, 0, 7, 0, 0x80, 125,
	};
	size_t n = 99;

	assert_ptr_equal(usb_config_find(all, sizeof(all), 1, &n), all + 18);
	assert_int_equal(n, 12);
	assert_ptr_equal(usb_config_find(all, sizeof(all), 7, &n), all + 30);
	assert_int_equal(n, 9);
	assert_null(usb_config_find(all, sizeof(all), 0, &n)); /* it is not configured */
	assert_null(usb_config_find(all + 18, sizeof(all) - 18, 1, &n));
	/* Cut in the first one's middle. */
	assert_ptr_equal(usb_config_find(all, 28, 1, &n), all + 18);
	assert_int_equal(n, 10);
	assert_null(usb_config_find(all, 28, 7, &n));
	for (size_t i = 0; i < 27; i++)
		assert_null(usb_config_find(all, i, 1, &n));
}

UNIT_TEST(a_total_that_is_too_short)
{
	static const uint8_t all[] = { 18, 1, 0, 2, 0, 0, 0, 64, 0x8a, 0x2e, 5, 0,    0,  1,
				       1,  2, 3, 1, 9, 2, 0, 0,  0,    1,    0, 0x80, 125 };
	size_t n;

	assert_null(usb_config_find(all, sizeof(all), 1, &n));
	assert_null(usb_config_find(all, sizeof(all), 2, &n));
}
