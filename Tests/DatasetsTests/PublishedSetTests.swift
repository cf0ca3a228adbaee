import Datasets
import Storage
import Testing

@Suite struct PublishedSetTests {
  @Test func `A set is known by the digest of its one source`() throws {
    let test = try #require(
      Digest(hex: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"))
    #expect(PublishedSet(sources: [test]) == .mnistTest)
    #expect(PublishedSet(sources: []) == nil && PublishedSet(sources: [Digest(of: [1])]) == nil)
    // A join holds more than the published images.
    #expect(PublishedSet(sources: [test, Digest(of: [1])]) == nil)
  }
}
