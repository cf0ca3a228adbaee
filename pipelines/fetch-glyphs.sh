#!/usr/bin/env bash
# Renders the 94 printable ASCII characters of 1,200 faces of Debian's fonts (glyphs.py) as IDX files of 28x28 grey
# images, into .cache/glyphs, with label-names.txt: 94 classes, of which many look alike (O 0 o, l 1 I |, v V). No font
# family is in two of the splits train, validation and test. Costs three minutes, 140 MB of download and 0.6 GB on disk
# the first time, then half a second and no network.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/venv.sh"

: "${UNCHECKED:=0}" # 1: take the fonts of another release of Debian as they are
target=$root/.cache/glyphs
python=(pillow==13.0.0 fonttools==4.68.0 numpy==2.4.6)
packages=(
  3270 adf-accanthis adf-baskervald adf-berenis adf-gillius adf-ikarius adf-irianis adf-libris adf-mekanus
  adf-oldania adf-romande adf-solothurn adf-switzera adf-tribun adf-universalis adf-verana agave aksharyogini2
  alee anonymous-pro aoyagi-kouzan-t arabeyes arapey arkpandora arphic-gbsn00lp arphic-gkai00mp arundina
  averia-gwf averia-sans-gwf averia-serif-gwf b612 babelstone-modern beng-extra beteckna blankenburg
  bpg-georgian breip cabin cabinsketch campania cantarell cardo cegui century-catalogue cherrybomb clear-sans
  comfortaa comic-neue courier-prime croscore crosextra-caladea crosextra-carlito dancingscript ddc-uchen
  dejavu-core dejavu-extra denemo deva-extra dosis dustin dzongkha ebgaramond ebgaramond-extra eeyek essays1743
  eurofurence evertype-conakry fantasque-sans fanwood farsiweb femkeklaver firacode freefarsi freefont-ttf
  gargi gemunu-libre georgewilliams gfs-artemisia gfs-didot gfs-neohellenic gfs-theokritos go goudybookletter
  gujr-extra hack hermit hosny-amiri hosny-thabit inconsolata inter isabella jetbrains-mono johnsmith-induni
  jura karla karmilla katex kaushanscript khmeros klaudia-berenika komatuna konatu lao lato league-mono
  league-spartan leckerli-one lemonada lexi-gulim lexi-saebom lg-aboriginal liberation lindenhill
  linuxlibertine lobster lobstertwo lohit-deva manchufont manrope mathjax meera-inimai misaki mmcedar mona
  monapo monlam monofur monoid monoid-halftight monoid-tight mononoki motoya-l-cedar motoya-l-maruberi
  mph-2b-damase myanmar nafees nakula noto-mono ocr-a ocr-b oflb-asana-math okolaks oldstandard open-sans
  opendyslexic osifont oxygen pagul paktype paratype pc pc-extra play povray prociono quattrocento quicksand
  rit-sundar roboto-slab roboto-unhinted routed-gothic rufscript sawarabi-gothic sawarabi-mincho
  senamirmir-washra sil-abyssinica sil-akatab sil-alkalami sil-andika-compact sil-andikanewbasic sil-annapurna
  sil-awami-nastaliq sil-charis-compact sil-dai-banna sil-doulos sil-doulos-compact sil-ezra sil-galatia
  sil-gentium sil-gentium-basic sil-gentiumplus-compact sil-harmattan sil-lateef sil-mingzat
  sil-mondulkiri-extra sil-nuosusil sil-padauk sil-scheherazade sil-shimenkan sil-shimenkan-gsm
  sil-sophia-nubian sil-tagmukay sil-taiheritagepro sjfonts smc-anjalioldlipi smc-chilanka smc-dyuthi
  smc-gayathri smc-keraleeyam smc-manjari smc-meera smc-rachana smc-suruma smc-uroob smiley-sans sora spleen
  staypuft stix summersby symbola taml-tscu teluguvijayam terminus texgyre-math tibetan-machine tiresias
  tlwg-garuda-otf tlwg-kinnari-otf tlwg-laksaman-otf tlwg-loma-otf tlwg-mono-otf tlwg-norasi-otf
  tlwg-purisa-otf tlwg-sawasdee-otf tlwg-typewriter-otf tlwg-typist-otf tlwg-typo-otf tlwg-umpush-otf
  tlwg-waree-otf triod-postnaja tuffy umeplus unifont unikurdweb uralic vlgothic vollkorn wine
  yanone-kaffeesatz yrsa-rasa
)
# Of Debian 12 (bookworm).
sums=$(<"$root/pipelines/shared/glyphs.sha256")

if (cd "$target" 2>/dev/null && [ -e label-names.txt ] && { [ "$UNCHECKED" = 1 ] || sha256sum --check --status - <<<"$sums"; } 2>/dev/null); then
  echo "fetch-glyphs: $target: already there" >&2
  exit 0
fi
command -v apt-get >/dev/null || fail 69 "apt-get is missing; the fonts come from Debian"
mkdir -p "$target" 2>/dev/null || fail 73 "$target: cannot be made"
scratch=$(mktemp -d "$target/.fetch-XXXXXX" 2>/dev/null) || fail 73 "$target: cannot be written"
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/packages" "$scratch/fonts" "$scratch/idx"
# Unpacked rather than installed: that needs no privilege, and no other program sees the fonts. apt's own user could
# not write to the directory.
(cd "$scratch/packages" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" "${packages[@]/#/fonts-}") >&2 \
  || fail 69 "cannot get the fonts from Debian; run apt-get update, check the network"
for package in "$scratch"/packages/*.deb; do
  name=$(basename "$package")
  dpkg-deb --extract "$package" "$scratch/fonts/${name%%_*}"
  rm "$package"
done
make_venv "$scratch/venv" "${python[@]}" || fail 69 "cannot get ${python[*]} from PyPI; check the network"
"$scratch/venv/bin/python" "$root/pipelines/shared/glyphs.py" "$scratch/fonts" "$scratch/idx" 2>"$scratch/log" \
  || { tail -n 5 "$scratch/log" >&2; fail 65 "the fonts cannot be rendered"; }
tail -n 1 "$scratch/log" >&2
if [ "$UNCHECKED" != 1 ]; then
  while read -r expected file; do
    found=$(sha256sum <"$scratch/idx/$file")
    [ "$found" = "$expected  -" ] || fail 65 \
      "$file: expected SHA-256 $expected, found ${found%% *}: fonts of another release; UNCHECKED=1 takes them"
  done <<<"$sums"
fi
# The file that is looked for last: with it all are there.
for file in "$scratch"/idx/*-ubyte "$scratch/idx/faces.tsv" "$scratch/idx/label-names.txt"; do mv "$file" "$target/"; done
echo "fetch-glyphs: $target: 94 classes in three splits" >&2
