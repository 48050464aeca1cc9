package dicom

import (
	"github.com/suyashkumar/dicom/pkg/tag"
)

// sequence reads the items of e, which must end by limit.
func (p *parser) sequence(e element, implicit bool, limit int64) error {
	if p.depth++; p.depth > maxDepth {
		return e.invalid("is nested more than %d sequences deep: ingest the file as raw/1", maxDepth)
	}
	defer func() { p.depth-- }()
	if e.length != undefined {
		limit = e.body + int64(e.length)
	}
	begun := false
	for e.length == undefined || p.at < limit {
		item, err := p.header(true)
		if err != nil {
			return err
		}
		if item.tag == tag.SequenceDelimitationItem && e.length == undefined {
			if err := item.delimits(limit); err != nil {
				return err
			}
			break
		}
		if !begun {
			if err := p.handler.begin(e, false); err != nil {
				return err
			}
			begun = true
		}
		if err := p.item(item, implicit, limit); err != nil {
			return err
		}
	}
	return p.endSequence(e, begun)
}

// endSequence ends a sequence. One of unknown meaning and without items cannot
// be told from an empty value, so it becomes one.
func (p *parser) endSequence(e element, begun bool) error {
	if !begun && e.name == "" {
		e.length = 0
		return p.handler.value(e, p.reader)
	}
	if !begun {
		if err := p.handler.begin(e, false); err != nil {
			return err
		}
	}
	return p.handler.end()
}

// item reads one item of a sequence.
func (p *parser) item(item element, implicit bool, limit int64) error {
	if item.tag != tag.Item {
		return item.invalid("stands where an item (fffe,e000) was expected")
	}
	if item.length != undefined {
		if int64(item.length) > limit-item.body {
			return item.invalid("says %d bytes, %d are left: the file is truncated or a length is wrong", item.length, limit-item.body)
		}
		limit = item.body + int64(item.length)
	}
	if err := p.handler.item(); err != nil {
		return item.explain(err)
	}
	var last tag.Tag
	for item.length == undefined || p.at < limit {
		e, err := p.header(implicit)
		if err != nil {
			return err
		}
		if e.tag == tag.ItemDelimitationItem && item.length == undefined {
			if err := e.delimits(limit); err != nil {
				return err
			}
			break
		}
		if err := p.follow(&last, e); err != nil {
			return err
		}
		if err := p.element(e, implicit, limit); err != nil {
			return err
		}
	}
	return item.explain(p.handler.endItem())
}

// fragments reads a value in fragments, as compressed pixel data has it.
func (p *parser) fragments(e element, limit int64) error {
	if err := p.handler.begin(e, true); err != nil {
		return e.explain(err)
	}
	for n := 0; ; n++ {
		part, err := p.header(true)
		if err != nil {
			return err
		}
		if part.tag == tag.SequenceDelimitationItem {
			if err := part.delimits(limit); err != nil {
				return err
			}
			return e.explain(p.handler.end())
		}
		if part.tag != tag.Item || part.length == undefined {
			return part.invalid("stands where a fragment of defined length was expected")
		}
		if int64(part.length) > limit-part.body {
			return part.invalid("says %d bytes, %d are left: the file is truncated or a length is wrong", part.length, limit-part.body)
		}
		if err := p.handler.fragment(n, part, p.reader); err != nil {
			return part.explain(err)
		}
		if err := p.skip(part.body + int64(part.length) - p.at); err != nil {
			return part.explain(err)
		}
	}
}

// delimits checks a delimiter.
func (e element) delimits(limit int64) error {
	if e.length != 0 {
		return e.invalid("is a delimiter with a length of %d, not 0", e.length)
	}
	if e.body > limit {
		return e.invalid("is past the end of what it is in")
	}
	return nil
}
