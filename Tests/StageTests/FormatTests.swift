import Stage
import Storage
import Testing

@Suite struct FormatTests {
  @Test(arguments: [(999, "999 B"), (1500, "1.5 kB"), (2_000_000_000, "2.0 GB")])
  func `Bytes`(count: Int, text: String) { #expect(Format.bytes(count) == text) }

  @Test(arguments: [
    (5.0, "5.0 s"), (59.0, "59 s"), (61.0, "1 min 1 s"), (7260.0, "2 h 1 min"), (.infinity, "unknown time"),
  ])
  func `Durations`(seconds: Double, text: String) { #expect(Format.duration(seconds) == text) }

  @Test func `Whole numbers and doubles are one kind of parameter`() {
    let bytes = CanonicalJSON.encode(.object(["a": JSONValue(1.0), "b": 0.1, "c": [true, "x"]]))
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":1,"b":0.1,"c":[true,"x"]}"#)
    #expect(JSONValue(1) == JSONValue(1.0))
  }
}

@Suite struct NumberListTests {
  @Test(arguments: [
    ("1,2", [1, 2]), (" 1 , 2", [1, 2]), ("4-7", [4, 5, 6, 7]), ("0-1, 9", [0, 1, 9]), ("5-5", [5]),
  ])
  func `Lists of whole numbers`(text: String, list: [Int]) {
    #expect(NumberList.integers(text, in: 0...9) == list)
  }

  @Test(arguments: ["", "1,", ",1", "a", "1-", "-1", "3-1", "1-2-3", "10", "1 2", "0-9999999999"])
  func `What is no such list`(text: String) { #expect(NumberList.integers(text, in: 0...9) == nil) }

  @Test func `Lists of numbers`() {
    #expect(NumberList.numbers("1, 2.5,20") == [1, 2.5, 20])
    for text in ["", "1,", "x", "inf", "nan", "1e999"] { #expect(NumberList.numbers(text) == nil) }
  }
}
