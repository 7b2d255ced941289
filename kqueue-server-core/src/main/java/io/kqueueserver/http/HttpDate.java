package io.kqueueserver.http;

import java.nio.charset.StandardCharsets;

/**
 * Formats times for the {@code Date} field: IMF-fixdate (RFC 9110 5.6.7). The class reads no clock.
 */
public final class HttpDate {
  /** The length of a date such as {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
  public static final int LENGTH = 29;

  private static final long DAY_SECONDS = 24 * 60 * 60;

  /** The last second of the year 9999, because the format has four digits for the year. */
  private static final long LAST_SECOND = 253402300799L;

  private static final byte[] DAYS = ascii("ThuFriSatSunMonTueWed"); // 1970-01-01 was a Thursday
  private static final byte[] MONTHS = ascii("JanFebMarAprMayJunJulAugSepOctNovDec");
  private static final byte[] FORM = ascii("Thu, 01 Jan 1970 00:00:00 GMT");

  private HttpDate() {}

  /**
   * The time as 29 bytes of ASCII.
   *
   * @throws IllegalArgumentException before 1970 or after 9999
   */
  public static byte[] format(long epochSecond) {
    if (epochSecond < 0 || epochSecond > LAST_SECOND) {
      throw new IllegalArgumentException("no HTTP date for second " + epochSecond);
    }
    byte[] date = FORM.clone();
    long day = epochSecond / DAY_SECONDS;
    System.arraycopy(DAYS, 3 * (int) (day % 7), date, 0, 3);
    writeDay(date, day);
    int second = (int) (epochSecond % DAY_SECONDS);
    twoDigits(date, 17, second / 3600);
    twoDigits(date, 20, second / 60 % 60);
    twoDigits(date, 23, second % 60);
    return date;
  }

  /**
   * Counts from 1 March of year 0, where leap days come last (Hinnant, chrono-compatible
   * calendars).
   */
  private static void writeDay(byte[] date, long epochDay) {
    int day = (int) epochDay + 719468;
    int era = day / 146097;
    int dayOfEra = day - era * 146097;
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int month = (5 * dayOfYear + 2) / 153; // 0 is March
    int dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1;
    int calendarMonth = (month + 2) % 12; // 0 is January
    int year = era * 400 + yearOfEra + (calendarMonth < 2 ? 1 : 0);
    twoDigits(date, 5, dayOfMonth);
    System.arraycopy(MONTHS, 3 * calendarMonth, date, 8, 3);
    twoDigits(date, 12, year / 100);
    twoDigits(date, 14, year % 100);
  }

  private static void twoDigits(byte[] date, int at, int value) {
    date[at] = (byte) ('0' + value / 10);
    date[at + 1] = (byte) ('0' + value % 10);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
